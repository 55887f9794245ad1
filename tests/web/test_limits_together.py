"""What all clients together may cost: bodies in memory, and changes at a time."""

from contextlib import ExitStack

import pytest
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

from notary.web.refusals import LIMITS, QUIET_SECONDS, Full, Refusals, Room
from tests.web.serving import FORM, TUF, form, settings
from tests.web.wires import Lines, Wires

KINDS = f"Content-Type: {FORM['Content-Type']}\r\n"
POST = f"POST {TUF} HTTP/1.1\r\nHost: x\r\n{KINDS}".encode()
ROTATE = f"POST {TUF}timestamp.key HTTP/1.1\r\nHost: x\r\n\r\n".encode()
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
METADATA = b'{"signed":{},"signatures":[]}'


def announced(count):
    return POST + b"Content-Length: %d\r\n\r\n" % count


def gone(channel):
    channel.connectionLost(Failure(ConnectionDone()))


@pytest.fixture
def wires():
    return Wires(quick=True, bodies_bytes=1000, body_bytes=900, changes=2)


@pytest.fixture
def bodies(wires):
    """The room for bodies, with nothing in it at the end."""
    yield wires.site.bodies
    assert wires.site.bodies.taken == 0


def receiving(wires, count, data=b"", head=None):
    channel, wire = wires.connect()
    channel.dataReceived((announced(count) if head is None else head) + data)
    return channel, wire


def is_full(wire):
    answer = wire.value()
    assert b"100 Continue" not in answer
    return answer.startswith(b"HTTP/1.1 503 ") and b"Retry-After: 5\r\n" in answer


def test_bodies_that_are_received_at_a_time_are_limited_together(wires, bodies):
    open_ones = [receiving(wires, 400, b"a" * 399)[0] for _ in range(2)]
    assert bodies.taken == 798
    _, refused = receiving(wires, 300, b"")
    assert is_full(refused)
    fitting, wire = receiving(wires, 200, b"a" * 10)
    assert wire.value() == b""
    assert bodies.taken == 808
    for channel in (*open_ones, fitting):
        gone(channel)
    assert bodies.taken == 0


def test_a_chunked_body_is_counted_as_it_arrives(wires, bodies):
    first, _ = receiving(wires, 0, b"320\r\n" + b"a" * 800 + b"\r\n", CHUNKED)
    second, wire = receiving(wires, 0, b"c0\r\n" + b"a" * 192 + b"\r\n", CHUNKED)
    assert bodies.taken == 992
    second.dataReceived(b"9\r\n" + b"a" * 9)
    assert is_full(wire)
    assert bodies.taken == 800
    gone(first)


def test_a_thousand_clients_that_vanish_leave_nothing_behind(wires, bodies):
    for _ in range(10):
        channels = [receiving(wires, 10, b"a" * 9)[0] for _ in range(100)]
        assert bodies.taken == 900
        for channel in channels:
            gone(channel)


def test_who_is_too_slow_or_sends_too_much_leaves_nothing_behind(wires, bodies):
    _, slow = receiving(wires, 10, b"a" * 9)
    _, much = receiving(wires, 0, b"3e8\r\n" + b"a" * 1000, CHUNKED)
    assert much.value().startswith(b"HTTP/1.1 413 ")
    wires.clock.advance(61)
    assert slow.value().startswith(b"HTTP/1.1 408 ")
    assert bodies.taken == 0


def test_a_body_counts_until_its_publish_is_over_also_if_the_client_leaves(
    wires, bodies
):
    body = form({"root": METADATA})
    staying, wire = receiving(wires, len(body), body)
    leaving, _ = receiving(wires, len(body), body)
    gone(leaving)
    assert bodies.taken == 2 * len(body)
    for _ in range(20):
        wires.clock.advance(0)
    assert wire.value().startswith(b"HTTP/1.1 400 ")
    assert bodies.taken == 0
    gone(staying)


def test_what_came_of_a_change_is_in_the_log_also_if_its_client_has_left(wires):
    wires.site.request_log = lines = Lines()
    body = form({"root": METADATA})
    leaving, _ = receiving(wires, len(body), body)
    gone(leaving)
    for _ in range(20):
        wires.clock.advance(0)
    ((message, fields),) = lines.written
    assert (message, fields["operation"]) == ("{problem}", "UpdateTUF")
    assert fields["problem"].startswith("invalid update: ")


def test_real_clients_that_vanish_make_room_for_others(serving):
    with serving(configured=settings(bodies_bytes=2001)) as client:
        with ExitStack() as filling:
            for _ in range(20):
                connection = filling.enter_context(client.connect())
                connection.sendall(announced(101) + b"a" * 100)
            statuses(client, 503)
        statuses(client, 400)


def statuses(client, wanted):
    """Upload until that is answered with the status."""
    for _ in range(1000):
        if client("POST", TUF, b"a" * 100, FORM).status == wanted:
            return
    raise AssertionError(f"it is never answered with {wanted}")


def test_changes_that_are_worked_on_at_a_time_are_limited(wires):
    body = form({"root": METADATA})
    publishing = [receiving(wires, len(body), body) for _ in range(2)]
    for head in (announced(len(body)) + body, ROTATE):
        _, refused = receiving(wires, 0, b"", head)
        assert is_full(refused)
    reading, wire = receiving(wires, 0, b"", b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
    assert wire.value().endswith(b"{}")
    for _ in range(20):
        wires.clock.advance(0)
    assert [wire.value()[:12] for _, wire in publishing] == [b"HTTP/1.1 400"] * 2
    again, wire = receiving(wires, len(body), body)
    assert wire.value() == b""
    for channel in (reading, again, *(channel for channel, _ in publishing)):
        gone(channel)


def test_refusals_are_all_counted_and_logged_once_in_a_while(events):
    counted, now = [], [0.0]
    refusals = Refusals(counted.append, lambda: now[0])
    for _ in range(3):
        for limit in LIMITS:
            refusals(limit)
    assert sorted(counted) == sorted(LIMITS * 3)
    now[0] = QUIET_SECONDS
    refusals("changes")
    told = [each["limit"] for each in events if "is reached" in str(each)]
    shared = ["bodies_bytes", "changes", "connections", "connections_per_address"]
    assert told == ["answers_bytes", *shared, "changes"]


def test_a_room_is_given_back_whatever_happens_in_it():
    refused = []
    room = Room("changes", 1, refused.append)
    with pytest.raises(Full), room.place():
        room.take()
    assert room.taken == 0
    assert refused == ["changes"]
