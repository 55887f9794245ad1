"""Who may not upload is told so before the upload: by the head of the request alone."""

import pytest

from notary.auth.keyset import KeySet, libtrust_id
from notary.web.observing import Unobserved
from tests.auth.minting import claims, token
from tests.web.serving import FORM, GUN, TUF, form, read_all, settings

HEAD = f"POST {TUF} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM['Content-Type']}\r\n"
LENGTH = "Content-Length: 1000\r\n"
EXPECTING = f"{LENGTH}Expect: 100-continue\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"


class Notes(Unobserved):
    """Keeps what is told of requests."""

    def __init__(self):
        self.ended_ones = []

    def ended(self, answered):
        facts = answered.operation, answered.method, answered.status, answered.error
        self.ended_ones.append(facts)


@pytest.fixture
def notes():
    return Notes()


@pytest.fixture
def client(serving, service, gate, notes):
    configured = settings(("example.com/",))
    authenticator = gate.authenticator
    with serving(service, configured, authenticator, observer=notes) as found:
        yield found


@pytest.fixture
def bearing(issuer):
    """Return the line of a head with a token for these actions."""

    def line(*actions):
        access = {"type": "repository", "name": GUN, "actions": actions}
        kid = libtrust_id(issuer.public_key())
        minted = token(issuer, {"kid": kid}, claims(access=[access]))
        return f"Authorization: Bearer {minted}\r\n"

    return line


def refused(client, *lines):
    """Return status, headers and body of what is answered to a head and no more."""
    answer = client.raw("".join([HEAD, *lines, "\r\n"]).encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *others = head.decode().split("\r\n")
    assert first.startswith("HTTP/1.1 ")
    headers = dict(each.lower().split(": ", 1) for each in others)
    assert headers["connection"] == "close"
    return int(first[9:12]), headers, body


@pytest.mark.parametrize("lines", [LENGTH, EXPECTING, CHUNKED])
def test_nobody_is_asked_for_a_body_without_a_token(client, lines, notes, events):
    status, headers, body = refused(client, lines)
    complete = client("POST", TUF, b"", FORM)
    assert (status, body) == (401, complete.body)
    assert headers["www-authenticate"] == complete.headers["www-authenticate"].lower()
    assert notes.ended_ones == [("UpdateTUF", "POST", 401, "UNAUTHORIZED")] * 2
    completed = [each for each in events if "response completed" in str(each)]
    assert len(completed) == 2


def test_a_token_that_is_not_enough_is_looked_at_once(client, bearing, gate, notes):
    status, _, _ = refused(client, bearing("pull"), EXPECTING)
    assert status == 401
    assert gate.reasons == ["scope"]
    assert len(notes.ended_ones) == 1


def test_a_token_is_good_if_it_was_when_the_head_came(client, bearing, gate):
    body = form({"root": b"{}"})
    length = f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n"
    lines = f"{bearing('push', 'pull')}{length}Connection: close\r\n\r\n"
    with client.connect() as connection:
        connection.sendall((HEAD + lines).encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n")
        gate.keys = KeySet.of([])
        connection.sendall(body)
        assert b"INVALID_UPDATE" in read_all(connection)
    assert gate.reasons == []


def test_who_sends_the_body_all_the_same_gets_the_answer(client):
    got = client("POST", TUF, b"a" * 4_000_000, FORM)
    assert (got.status, got.code) == (401, "UNAUTHORIZED")


def test_what_follows_the_head_is_not_taken_for_a_request(client, notes):
    inner = "GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = client.raw((HEAD + CHUNKED + "\r\n" + inner * 3).encode())
    assert answer.count(b"HTTP/1.1 ") == 1
    assert len(notes.ended_ones) == 1


def test_a_repository_that_is_not_served_needs_no_body(serving, service):
    with serving(service, settings(("example.org/",))) as client:
        status, _, body = refused(client, EXPECTING)
    assert status == 400
    assert b"INVALID_GUN" in body


@pytest.mark.parametrize(
    ("path", "status"), [("/nope", 404), ("/v2//x", 301), ("/%zz", 400)]
)
def test_what_nothing_is_done_with_is_not_received(serving, service, path, status):
    with serving(service) as client:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\n{EXPECTING}\r\n"
        assert client.raw(head.encode()).startswith(b"HTTP/1.1 %d " % status)
