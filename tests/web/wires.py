"""Connections in memory: the real channel of a real site, and no socket between."""

import re

from attrs import define, field, frozen
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock, deferLater
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from notary.ops.health import Health
from notary.storage.memory import MemoryStore
from notary.web.channel import LimitedChannel
from notary.web.quick_channel import QuickChannel
from notary.web.site import make_site
from notary.web.status import Status
from tests.web.conftest import new_service
from tests.web.serving import TUF, settings

TIMESTAMP = f"{TUF}timestamp.json"
HEAD = "{} {} HTTP/1.1\r\nHost: example.com\r\nUser-Agent: u/1\r\n{}\r\n"
_CHANGING = re.compile(rb"(Date|X-Request-Id): [^\r]+\r\n")


class Wire(StringTransport):
    """Notes each write, and that the server is done with writing."""

    def __init__(self):
        super().__init__()
        self.writes = 0

    def write(self, data):
        self.writes += 1
        super().write(data)

    def loseWriteConnection(self):  # noqa: N802 -- Twisted's name
        self.disconnecting = True

    def abortConnection(self):  # noqa: N802 -- Twisted's name
        self.disconnecting = True

    @property
    def takes_more(self):
        return not self.disconnecting and self.producerState == "producing"


class LaterStore(MemoryStore):
    """A store that answers in the next turn of the reactor."""

    def __init__(self, clock):
        super().__init__()
        self.clock = clock
        self.is_late = True

    async def newest_of(self, roles):
        if self.is_late:
            await deferLater(self.clock, 0)
        return await super().newest_of(roles)

    async def newest_timestamps(self, guns):
        if self.is_late:
            await deferLater(self.clock, 0)
        return await super().newest_timestamps(guns)


def head(path=TIMESTAMP, more="", method="GET"):
    """Return the whole head of a request."""
    return HEAD.format(method, path, more).encode()


@define
class Notes:
    """What was told of requests, but for the time that they took."""

    ended_requests: list = field(factory=list)
    in_flight: int = 0

    def began(self, operation):
        self.in_flight += 1

    def ended(self, answered):
        assert answered.seconds >= 0
        self.in_flight -= 1
        self.ended_requests.append(answered._replace(seconds=0))

    def published(self):
        pass


@define
class Lines:
    """A log of requests that wants lines, or does not."""

    wanted: bool = True
    written: list = field(factory=list)

    def write(self, message, fields):
        assert self.wanted
        assert {"http.request.id", "http.request.remoteaddr"} <= fields.keys()
        fields["http.request.id"] = fields["http.response.duration"] = ""
        self.written.append((message, fields))

    def form(self, message, fields, simple, others):
        def write(values):
            assert values.keys() == {*simple, *others}
            assert all(
                re.fullmatch(r"[A-Za-z0-9/._:@+-]+", values[name]) for name in simple
            )
            self.write(message, {**fields, **values})

        return write


@frozen
class Said:
    """What came back: the bytes less date and ids, and whether that is all."""

    data: bytes
    closed: bool

    @property
    def statuses(self):
        return [int(each) for each in re.findall(rb"HTTP/1\.[01] (\d{3}) ", self.data)]


class Wires:
    """A site in memory, whose requests may take the short path or may not."""

    def __init__(self, *, quick, observer=None, store=None, **limits):
        self.clock = Clock()
        status = Status(
            Health((), self.clock), bytes, *([observer] if observer else [])
        )
        self.service = new_service(store=store or LaterStore(self.clock))
        self.site = make_site(self.service, settings(**limits), self.clock, status)
        self.site.protocol = QuickChannel if quick else LimitedChannel

    def connect(self):
        """Return a new connection's channel and wire."""
        channel, wire = self.site.buildProtocol(None), Wire()
        channel.makeConnection(wire)
        return channel, wire

    def say(self, *pieces):
        """Return what is answered to these segments, when there is nothing to come."""
        channel, wire = self.connect()
        for piece in pieces:
            self.wait_until(lambda: wire.takes_more or wire.disconnecting)
            if wire.disconnecting:
                break
            channel.dataReceived(piece)
        for _ in range(20):
            self.clock.advance(0)
        closed = wire.disconnecting
        channel.connectionLost(Failure(ConnectionDone()))
        return Said(_CHANGING.sub(b"", wire.value()), closed)

    def wait_until(self, true):
        """Let time pass in which nothing happens but what is due."""
        for _ in range(100):
            if true():
                return
            self.clock.advance(0)
        raise AssertionError("it does not come true")
