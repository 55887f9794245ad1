"""The short path and the long one give the same answers, and tell the same of them.

A head that comes in two pieces takes the long path.
"""

import hashlib

import pytest
from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread

from notary.server import online_keys
from notary.server.publish import publish
from notary.storage.memory import MemoryStore
from notary.storage.store import StoredFile
from notary.tuf.envelope import parse_upload
from notary.web import quick_plans
from notary.web.quick_channel import QuickChannel
from tests.publisher import NOW, Publisher
from tests.web.serving import GUN, TUF
from tests.web.wires import TIMESTAMP, Lines, Notes, Wires, head

UNKNOWN = "/v2/unknown/_trust/tuf/timestamp.json"


@frozen
class World:
    """A site with one repository, and what it tells of requests."""

    wires: Wires
    notes: Notes
    lines: Lines
    files: dict

    def path_by_checksum(self):
        sha256 = hashlib.sha256(self.files["root"]).hexdigest()
        return f"{TUF}root.{sha256}.json"

    def told(self):
        """Return what was told since the last time."""
        told = list(self.notes.ended_requests), list(self.lines.written)
        self.notes.ended_requests.clear()
        self.lines.written.clear()
        return told


@pytest.fixture(scope="module")
def world(reactor_thread):
    notes, lines = Notes(), Lines()
    wires = Wires(quick=True, observer=notes)
    wires.site.request_log = lines
    files = blockingCallFromThread(
        reactor_thread, Deferred.fromCoroutine, _publish(wires)
    )
    made = World(wires, notes, lines, files)
    made.told()
    return made


async def _publish(wires):
    service, store = wires.service, wires.service.store
    store.is_late = False
    names = ("timestamp", "snapshot")
    keys = [await online_keys.get_key(service, GUN, name) for name in names]
    files = Publisher(GUN, *keys).first_publish()
    uploads = {role: parse_upload(role, data) for role, data in files.items()}
    await publish(service, GUN, uploads)
    store.is_late = True
    return files


@pytest.fixture
def wires(world):
    world.told()
    world.lines.wanted = True
    return world.wires


REQUESTS = {
    "ping": ("/v2/", "", "GET"),
    "current": (TIMESTAMP, "", "GET"),
    "HEAD": (TIMESTAMP, "", "HEAD"),
    "by checksum": ("by checksum", "", "GET"),
    "by version": (f"{TUF}1.root.json", "", "GET"),
    "too large a version": (f"{TUF}{'9' * 30}.root.json", "", "GET"),
    "unknown": (UNKNOWN, "", "GET"),
    "unknown, HEAD": (UNKNOWN, "", "HEAD"),
    "not changed": (TIMESTAMP, "If-None-Match: *\r\n", "GET"),
    "not changed since": (
        TIMESTAMP,
        "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n",
        "GET",
    ),
    "the last": (TIMESTAMP, "Connection: close\r\n", "GET"),
    "with an id": ("/v2/", "X-Request-Id: of-the-client\r\n", "GET"),
    "by a proxy": ("/v2/", "X-Forwarded-For: 1.2.3.4\r\n", "GET"),
    "from a page": ("/v2/", "Referer: http://u:p@h/x?y\r\n", "GET"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_both_paths_answer_alike_and_tell_the_same(world, wires, name):
    path, more, method = REQUESTS[name]
    path = world.path_by_checksum() if path == "by checksum" else path
    data = head(path, more, method)
    short, short_told = wires.say(data), world.told()
    long, long_told = wires.say(data[:9], data[9:]), world.told()
    assert short == long
    assert short_told == long_told
    assert short_told[1][-1][0] == "response completed"
    assert len(short.statuses) == 1
    assert world.notes.in_flight == 0


def ask(wires, data):
    """Return the writes that one request causes, on a connection that stays open."""
    channel, wire = wires.connect()
    channel.dataReceived(data)
    wires.wait_until(wire.value)
    return wire.writes


def test_a_quick_request_costs_one_write_and_no_request_of_twisted(world, wires):
    made = []
    before = wires.site.requestFactory
    wires.site.requestFactory = lambda *args: made.append(before(*args)) or made[-1]
    try:
        for path in ("/v2/", TIMESTAMP, UNKNOWN, world.path_by_checksum()):
            assert ask(wires, head(path)) == 1
        assert made == []
        wires.say(head()[:9], head()[9:])
        assert len(made) == 1
    finally:
        wires.site.requestFactory = before


def test_nothing_is_done_for_a_line_that_nobody_wants(world, wires, events):
    world.lines.wanted = False
    for data in (head(), head(UNKNOWN), head(f"{TUF}timestamp.key")):
        ask(wires, data)
    assert [event for event in events if event["log_namespace"] == "notary.web"] == []


def test_a_request_by_checksum_is_answered_before_the_reactor_turns(world, wires):
    channel, wire = wires.connect()
    wires.say(head(world.path_by_checksum()))
    channel.dataReceived(head(world.path_by_checksum()))
    assert wire.value().endswith(world.files["root"])


def test_what_a_client_repeats_is_kept_and_what_may_be_secret_is_not(world, wires):
    kept = wires.site.quick._plans._senders
    assert isinstance(wires.connect()[0], QuickChannel)
    before = len(kept)
    for path in ("/v2/", TIMESTAMP, UNKNOWN):
        ask(wires, head(path, "Accept: a/b\r\n"))
        ask(wires, head(path, "Authorization: Bearer secret\r\n"))
        ask(wires, head(path, "Cookie: secret\r\n"))
    assert len(kept) == before + 1


def test_what_is_kept_of_heads_is_bounded(world, wires):
    kept = wires.site.quick._plans
    for number in range(quick_plans.MAX_SENDERS + 1):
        ask(wires, head("/v2/", f"Accept: a/{number}\r\n"))
    assert len(kept._senders) <= quick_plans.MAX_SENDERS
    long = "a" * quick_plans.MAX_SENDER_BYTES
    before = len(kept._senders), kept._usual_target.cache_info().currsize
    ask(wires, head(f"/v2/{long}/_trust/tuf/timestamp.json", f"Accept: {long}\r\n"))
    assert (len(kept._senders), kept._usual_target.cache_info().currsize) == before
    assert kept._usual_target.cache_info().maxsize == quick_plans.MAX_TARGETS


def test_lines_in_logfmt_quote_a_path_that_needs_it(world, wires):
    path = "/v2/a~b/_trust/tuf/timestamp.json"
    for _ in range(3):
        ask(wires, head(path))
    told = world.told()[1]
    lines = [fields for message, fields in told if message == "response completed"]
    assert [fields["http.request.uri"] for fields in lines] == [path] * 3


class OddStore(MemoryStore):
    """A store that returns what is no file."""

    async def with_version(self, gun, role, version):
        return StoredFile(role, version, 7, "a" * 64, NOW)


def test_a_bug_is_a_500_on_both_paths():
    wires = Wires(quick=True, store=OddStore())
    data = head(f"{TUF}1.root.json")
    short, long = wires.say(data), wires.say(data[:9], data[9:])
    assert short == long
    assert short.statuses == [500]
