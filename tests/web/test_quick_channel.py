"""A connection with a short path: what waits for what, and for how long."""

import pytest
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from tests.web.wires import Lines, Notes, Wires, head

UNKNOWN = "/v2/unknown/_trust/tuf/timestamp.json"


@pytest.fixture
def notes():
    return Notes()


@pytest.fixture
def lines():
    return Lines()


@pytest.fixture
def wires(notes, lines):
    made = Wires(quick=True, observer=notes)
    made.site.request_log = lines
    return made


def test_what_comes_while_an_answer_is_awaited_is_answered_after_it(wires):
    channel, wire = wires.connect()
    channel.dataReceived(head(UNKNOWN))
    channel.dataReceived(head("/v2/")[:20])
    channel.dataReceived(head("/v2/")[20:] + head("/nothing"))
    assert wire.value() == b""
    wires.wait_until(lambda: wire.value().count(b"HTTP/1.1 ") == 3)
    statuses = [piece[:3] for piece in wire.value().split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"404", b"200", b"404"]


def test_a_client_that_sends_on_and_on_is_not_read_from(wires):
    channel, wire = wires.connect()
    channel.dataReceived(head(UNKNOWN))
    channel.dataReceived(b"a" * 20_000)
    assert wire.producerState == "paused"
    wires.wait_until(lambda: b" 404 " in wire.value())


def test_a_client_that_takes_nothing_is_answered_no_further(wires):
    channel, wire = wires.connect()
    channel.dataReceived(head("/v2/"))
    channel.pauseProducing()
    assert wire.producerState == "paused"
    channel.dataReceived(head("/v2/") * 100)
    assert wire.value().count(b"HTTP/1.1 ") == 1
    channel.resumeProducing()
    assert wire.producerState == "producing"
    assert wire.value().count(b"HTTP/1.1 ") == 101


def test_a_client_that_leaves_is_told_of_and_answered_no_more(
    wires, notes, lines, events
):
    channel, wire = wires.connect()
    channel.dataReceived(head(UNKNOWN))
    assert len(wires.site.in_flight) == 1
    channel.connectionLost(Failure(ConnectionLost()))
    assert not wires.site.in_flight
    wires.wait_until(lambda: notes.in_flight == 0)
    assert wire.value() == b""
    assert "the client left before the answer" in [
        event["log_format"] for event in events
    ]
    # What became of the request is told all the same, but not that it was completed.
    assert [message for message, _ in lines.written] == ["{problem}"]


def test_time_passes_for_who_is_silent_and_not_for_who_waits():
    wires = Wires(quick=True, idle_seconds=10)
    channel, wire = wires.connect()
    wires.clock.advance(9)
    channel.dataReceived(head("/v2/"))
    wires.clock.advance(9)
    assert not wire.disconnecting
    channel.dataReceived(head(UNKNOWN))
    wires.clock.advance(0)
    wires.clock.advance(9)
    assert not wire.disconnecting
    wires.clock.advance(2)
    assert wire.disconnecting


def test_a_request_that_is_being_answered_is_not_timed_out():
    wires = Wires(quick=True, idle_seconds=10)
    wires.service.store.clock = type(wires.clock)()
    channel, wire = wires.connect()
    channel.dataReceived(head(UNKNOWN))
    for _ in range(5):
        wires.clock.advance(9)
    assert not wire.disconnecting
    wires.service.store.clock.advance(0)
    assert b" 404 " in wire.value()


def test_a_site_that_ends_says_so_with_each_answer():
    wires = Wires(quick=True)
    waiting, first = wires.connect()
    waiting.dataReceived(head(UNKNOWN))
    wires.site.is_ending = True
    for request in wires.site.in_flight:
        request.make_last()
    idle, second = wires.connect()
    idle.dataReceived(head("/v2/"))
    wires.wait_until(first.value)
    for wire in (first, second):
        assert b"\r\nConnection: close\r\n" in wire.value()
        assert wire.disconnecting
