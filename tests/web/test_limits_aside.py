"""A large upload is read and checked in a thread, and others are answered meanwhile."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from attrs import evolve
from twisted.internet.threads import deferToThread

from notary.server.aside import LARGE_BYTES, Aside
from notary.tuf.canonical import MAX_DEPTH
from notary.tuf.metadata import MAX_KEYS
from notary.tuf.update import MAX_SIGNATURES
from tests import publisher
from tests.publisher import sign, targets
from tests.web.conftest import new_service
from tests.web.serving import FORM, GUN, TUF, form

SECONDS = 20


class Waiting:
    """Has work begin in a thread, and go on when it is allowed to."""

    def __init__(self):
        self.begun = threading.Semaphore(0)
        self.allowed = threading.Semaphore(0)
        self.at_once = self.most = 0

    def __call__(self, work):
        return deferToThread(self._wait, work)

    def _wait(self, work):
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.begun.release()
        assert self.allowed.acquire(timeout=SECONDS)
        self.at_once -= 1
        return work()


@pytest.fixture
def waiting():
    return Waiting()


@pytest.fixture
def service(waiting):
    return evolve(new_service(), aside=Aside(waiting))


def large_files(owner):
    """Return a first publish with targets that are large and valid."""
    listed = {f"target-{n}": publisher.meta(b"%d" % n) for n in range(2000)}
    files = owner.first_publish()
    files["targets"] = sign(targets(targets=listed), owner.targets_key)
    assert len(files["targets"]) > LARGE_BYTES
    return files


def test_reads_are_answered_while_a_large_upload_is_checked(client, owner, waiting):
    with ThreadPoolExecutor() as threads:
        publishing = threads.submit(client.upload, GUN, large_files(owner))
        for _ in ("read", "find", "check"):
            assert waiting.begun.acquire(timeout=SECONDS)
            assert client("GET", "/v2/").status == 200
            assert client("GET", f"{TUF}timestamp.json").status == 404
            waiting.allowed.release()
        assert publishing.result(SECONDS).status == 200
    assert client("GET", f"{TUF}timestamp.json").status == 200


def test_large_uploads_are_read_one_after_the_other(client, waiting):
    junk = form({"targets": b"[" * LARGE_BYTES})
    with ThreadPoolExecutor(4) as threads:
        posts = [threads.submit(client, "POST", TUF, junk, FORM) for _ in range(4)]
        for _ in posts:
            assert waiting.begun.acquire(timeout=SECONDS)
            waiting.allowed.release()
        assert {post.result(SECONDS).code for post in posts} == {"MALFORMED_JSON"}
    assert waiting.most == 1


@pytest.mark.usefixtures("published")
def test_many_signatures_are_checked_in_a_thread(client, owner, waiting):
    many = sign(targets(2), *[owner.targets_key] * 200)
    assert len(many) < LARGE_BYTES
    for _ in ("find", "check"):
        waiting.allowed.release()
    assert client.upload(GUN, {"targets": many}).status == 200
    assert waiting.most == 1


def test_small_uploads_are_checked_at_once(client, owner, waiting):
    assert client.upload(GUN, owner.first_publish()).status == 200
    assert waiting.most == 0


def test_who_waits_is_served_also_after_work_that_fails(run, waiting):
    aside = Aside(waiting)
    for _ in range(2):
        waiting.allowed.release()

    async def both():
        failing = aside.do(LARGE_BYTES, lambda: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            await failing
        return await aside.do(LARGE_BYTES, lambda: "done")

    assert run(both()) == "done"


@pytest.fixture
def published(client, owner):
    assert client.upload(GUN, owner.first_publish()).status == 200


@pytest.mark.usefixtures("published")
def test_the_signatures_of_an_upload_are_limited(client, owner, waiting):
    for _ in range(6):
        waiting.allowed.release()
    key = owner.targets_key
    one = sign(targets(2), *[key] * 200)
    roles = ["targets", *(f"targets/{n}" for n in range(MAX_SIGNATURES // 200))]
    got = client.upload(GUN, dict.fromkeys(roles, one))
    assert (got.status, got.code) == (400, "INVALID_UPDATE")
    said = got.error["detail"]["Error"]["Msg"]
    assert said == f"there are more than {MAX_SIGNATURES} signatures in one upload"
    fitting = client.upload(GUN, dict.fromkeys(roles[:-1], one))
    assert "signatures in one upload" not in str(fitting.error)


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("what", ["keys", "delegations", "keys of a role"])
def test_the_keys_and_delegations_of_a_file_are_limited(client, owner, waiting, what):
    key = owner.targets_key
    role = publisher.delegation("targets/a", key)
    value = next(iter(publisher.key_map(key).values()))
    found = {
        "keys": {"keys": {f"{n}": value for n in range(MAX_KEYS + 1)}, "roles": []},
        "delegations": {"keys": {}, "roles": [role] * (MAX_KEYS + 1)},
        "keys of a role": {
            "keys": publisher.key_map(key),
            "roles": [{**role, "keyids": [key.key_id] * (MAX_KEYS + 1)}],
        },
    }[what]
    for _ in ("read", "find", "check"):
        waiting.allowed.release()
    signed = {**targets(2), "delegations": found}
    got = client.upload(GUN, {"targets": sign(signed, key)})
    assert got.code == "INVALID_UPDATE"
    assert got.error["detail"]["Name"] == "ErrBadTargets"
    said = got.error["detail"]["Error"]["Msg"]
    assert said == f"there are more than {MAX_KEYS} {what}"


@pytest.mark.parametrize("pair", [b"[]", b"{}"], ids=["array", "object"])
@pytest.mark.parametrize("in_thread", [False, True], ids=["at once", "in a thread"])
def test_json_may_nest_so_deep_and_no_deeper(client, waiting, pair, in_thread):
    around = b'{"signed":{"_type":"x","more":%b},"signatures":[]}'
    size = LARGE_BYTES if in_thread else 0
    for depth, code in (
        (MAX_DEPTH - 2, "INVALID_UPDATE"),
        (MAX_DEPTH - 1, "MALFORMED_JSON"),
    ):
        opening = pair[:1] if pair == b"[]" else b'{"a":'
        inner = b"[]" if pair == b"[]" else b"{}"
        nested = opening * (depth - 1) + inner + pair[1:] * (depth - 1)
        for _ in range(3):
            waiting.allowed.release()
        got = client.upload(GUN, {"root": around % nested + b" " * size})
        assert got.code == code


def test_brackets_in_strings_are_not_levels(client, waiting):
    text = b'"%b"' % (b'[{\\"' * 1000)
    got = client.upload(GUN, {"root": b'{"signed":{"a":%b},"signatures":[]}' % text})
    assert got.code == "INVALID_UPDATE"
