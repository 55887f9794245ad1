# mypy: allow-untyped-calls
# ruff: noqa: N802 -- the names are those of Twisted
"""How many connections may be open at a time: all together, and from one address.

Whoever comes when all places are taken is told so in plain HTTP. With TLS the
connection is closed instead: a handshake would cost more than is to be saved.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Protocol

from twisted.internet.interfaces import (
    IAddress,
    IProtocol,
    IProtocolFactory,
    IReactorTime,
)
from twisted.internet.protocol import Protocol as Connection
from twisted.protocols.policies import WrappingFactory

from notary.ops.share import Share
from notary.ops.spare_memory import SpareMemory, give_back
from notary.ops.tls import ServerTLS, TLSFactory
from notary.settings.model import LimitsSettings, Network

LINGER_SECONDS = 2
MAX_REFUSALS = 50
"""So many at a time are told that it is full; others are hung up on."""

_MAX_DISCARDED = 65536

Place = tuple[int, int] | None


class Limited(Protocol):
    """A site that knows its limits, and what is answered when they are reached."""

    limits: LimitsSettings
    trusted_proxies: Sequence[Network]
    conventions: Any
    refusals: Any


class Crowd:
    """The open connections; ``most`` can be lower than the limits of the site say."""

    def __init__(
        self, site: Limited, clock: IReactorTime, share: Share, *, tells: bool
    ) -> None:
        self.most = site.limits.connections
        self._site = site
        self._clock = clock
        self._share = share
        self._tells = tells
        self._all = 0
        self._refusals = 0
        self._by_place: Counter[Place] = Counter()
        self._memory = SpareMemory(clock, give_back)

    def has_room_for(self, place: Place) -> bool:
        """Tell whether one more may come from there; a refusal is counted."""
        if self._all >= self.most:
            self._site.refusals("connections")
            return False
        each = self._site.limits.connections_per_address
        if each and place is not None and self._by_place[place] >= each:
            self._site.refusals("connections_per_address")
            return False
        return True

    def place(self, address: IAddress | None) -> Place:
        """Return what counts as one address; ``None`` for one that does not count.

        Whoever has an address of IPv6 has 2^64 of them.
        """
        found = _parsed(getattr(address, "host", ""))
        if found is None or any(found in each for each in self._site.trusted_proxies):
            return None
        return _network(found)

    def enter(self, place: Place) -> None:
        """Count one more."""
        self._count(1)
        if place is not None:
            self._by_place[place] += 1

    def leave(self, place: Place) -> None:
        """Count one less, and forget who has none any more."""
        self._count(-1)
        if place is not None:
            self._by_place[place] -= 1
            if not self._by_place[place]:
                del self._by_place[place]

    def _count(self, more: int) -> None:
        self._all += more
        self._share.hold(self._all)
        self._memory.count(self._all)

    def refusal(self) -> IProtocol | None:
        """Return what tells a client that it is full; ``None`` to hang up."""
        if not self._tells or self._refusals >= MAX_REFUSALS:
            return None
        self._refusals += 1
        said = _encoded(self._site.conventions.full)
        return _Refusal(said, self._clock, self._was_told)

    def _was_told(self) -> None:
        self._refusals -= 1


class _Refusal(Connection):
    """A connection that is answered before anything is asked on it."""

    transport: Any
    _discarded = 0

    def __init__(
        self, said: bytes, clock: IReactorTime, ended: Callable[[], None]
    ) -> None:
        self._said = said
        self._clock = clock
        self._ended = ended

    def connectionMade(self) -> None:
        """Answer, and give the client a moment to take it."""
        self.transport.write(self._said)
        self.transport.loseWriteConnection()
        hang_up = self.transport.abortConnection
        self._end = self._clock.callLater(LINGER_SECONDS, hang_up)

    def dataReceived(self, data: bytes) -> None:
        """Drop it: to close with something unread would take the answer away."""
        self._discarded += len(data)
        if self._discarded > _MAX_DISCARDED:
            self.transport.abortConnection()

    def connectionLost(self, reason: object = None) -> None:  # noqa: ARG002
        """Leave room for telling another."""
        self._ended()
        if self._end.active():
            self._end.cancel()


class _Counting:
    """What makes a wrapping factory build no more than its crowd has room for."""

    crowd: Crowd

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: ANN401
        """Return the protocol of a connection, or what refuses it."""
        place = self.crowd.place(addr)
        if not self.crowd.has_room_for(place):
            return self.crowd.refusal()
        protocol: Any = super().buildProtocol(addr)  # type: ignore[misc]
        protocol.place = place
        return protocol

    def registerProtocol(self, p: Any) -> None:  # noqa: ANN401
        """Count a connection that is open."""
        super().registerProtocol(p)  # type: ignore[misc]
        self.crowd.enter(p.place)

    def unregisterProtocol(self, p: Any) -> None:  # noqa: ANN401
        """Count it no more."""
        super().unregisterProtocol(p)  # type: ignore[misc]
        self.crowd.leave(p.place)


class _PlainFactory(_Counting, WrappingFactory):
    """Serves another factory in plain text."""


class _TLSFactory(_Counting, TLSFactory):
    """Serves another factory over TLS."""


def counting_factory(
    served: IProtocolFactory, tls: ServerTLS | None, crowd: Crowd
) -> WrappingFactory[Any]:
    """Return a factory that serves another one to those for whom there is room."""
    factory = _TLSFactory(tls, served) if tls else _PlainFactory(served)
    factory.crowd, factory.noisy = crowd, False
    return factory


@lru_cache(maxsize=1024)
def _parsed(host: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(host)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _network(address: IPv4Address | IPv6Address) -> Place:
    number = int(address)
    return address.version, number if address.version == 4 else number >> 64


def _encoded(answer: Any) -> bytes:  # noqa: ANN401
    headers = (
        *answer.headers,
        (b"Content-Length", b"%d" % len(answer.body)),
        (b"Connection", b"close"),
    )
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    return b"HTTP/1.1 503 Service Unavailable\r\n%b\r\n%b" % (lines, answer.body)
