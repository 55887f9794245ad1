"""Listen on an address, and stop so that requests in flight still get their answer.

What is served there is somebody else's site; what happens after the last request
is left to ``notary.tap``.
"""

import errno
import os
import socket
from collections.abc import Callable
from typing import Any, cast

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.defer import TimeoutError as TooLate
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.protocols.policies import WrappingFactory
from twisted.web.server import Request, Site

from notary.ops.reactor import Reactor
from notary.ops.tls import ServerTLS, TLSFactory
from notary.settings.address import parse_address

DRAIN_SECONDS = 10
CLOSE_SECONDS = 1
BACKLOG = 1024

_NO_IPV6 = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
_ANY_IPV4 = "0.0.0.0"  # noqa: S104 -- what an address without a host asks for
_ANY = "::"


class InFlight:
    """Counts the requests of a site, from their first line to their last byte."""

    def __init__(self, site: Site) -> None:
        self._count = 0
        self._waiting: list[Deferred[None]] = []
        self._make_request = cast(Callable[..., Request], site.requestFactory)
        site.requestFactory = cast(Any, self._counted)

    async def none_left(self, clock: IReactorTime, seconds: float) -> None:
        """Return when no request is in flight; raise ``TooLate`` after the limit."""
        if self._count:
            ended: Deferred[None] = Deferred()
            self._waiting.append(ended)
            await ended.addTimeout(seconds, clock)

    def _counted(self, *args: object) -> Request:
        request = self._make_request(*args)
        self._count += 1
        request.notifyFinish().addBoth(self._ended)
        return request

    def _ended(self, _outcome: object) -> None:
        self._count -= 1
        while self._waiting and not self._count:
            self._waiting.pop().callback(None)


class Listener(Service):
    """Serves a site on one address, over TLS if there are options for it."""

    _log = Logger()
    _port: IListeningPort | None = None

    def __init__(
        self,
        reactor: Reactor,
        address: str,
        site: Site,
        tls: ServerTLS | None,
    ) -> None:
        self._reactor = reactor
        self._address = address
        self._in_flight = InFlight(site)
        site.noisy = False
        self._factory: Any = TLSFactory(tls, site) if tls else _plain_factory(site)

    def privilegedStartService(self) -> None:  # noqa: N802
        """Bind the address, or end the program with one line that says why not."""
        try:
            self._port = self._listen()
        except (CannotListenError, OSError) as error:
            self._log.critical(
                "listen tcp {address}: {reason}",
                address=self._address,
                reason=_reason(error),
            )
            raise SystemExit(1) from None

    def startService(self) -> None:  # noqa: N802
        """Say so as soon as clients are really answered."""
        self.running = True
        self._reactor.callWhenRunning(
            self._log.info, "Starting on {address}", address=self._address
        )

    def stopService(self) -> Deferred[None]:  # noqa: N802
        """Accept nothing more; fire when the last request is answered or given up."""
        self.running = False
        return Deferred.fromCoroutine(self._drain())

    async def _drain(self) -> None:
        if self._port is None:
            return
        await maybeDeferred(self._port.stopListening)
        try:
            await self._in_flight.none_left(self._reactor, DRAIN_SECONDS)
        except TooLate:
            self._log.warn(
                "gave up on requests after {seconds} s", seconds=DRAIN_SECONDS
            )
        await self._close_connections()

    async def _close_connections(self) -> None:
        """Close what is idle, giving the last bytes a moment to leave."""
        for connection in list(self._factory.protocols):
            connection.loseConnection()
        for _ in range(20):
            if not self._factory.protocols:
                return
            await deferLater(self._reactor, CLOSE_SECONDS / 20)

    def _listen(self) -> IListeningPort:
        address = parse_address(self._address)
        if address.host:
            return self._bind(resolve(address.host), address.port)
        try:
            return self._bind(_ANY, address.port)
        except CannotListenError as error:
            if _errno(error) not in _NO_IPV6:
                raise
            return self._bind(_ANY_IPV4, address.port)

    def _bind(self, interface: str, port: int) -> IListeningPort:
        return self._reactor.listenTCP(port, self._factory, BACKLOG, interface)


def _plain_factory(site: Site) -> object:
    return WrappingFactory(site)


def resolve(host: str) -> str:
    """Return the first address of the host, an IPv4 one if there is any."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    found.sort(key=lambda each: each[0] != socket.AF_INET)
    return str(found[0][4][0])


def _errno(error: CannotListenError) -> int:
    return getattr(error.socketError, "errno", None) or 0


def _reason(error: CannotListenError | OSError) -> str:
    if isinstance(error, CannotListenError):
        return f"bind: {os.strerror(_errno(error)).lower()}"
    return (error.strerror or "the host is not known").lower()
