"""Listen on an address or an inherited socket, and stop without losing a request.

What is served there is somebody else's site; which connections are worth waiting for
at the end is left to ``notary.ops.draining``.
"""

import errno
import os
import socket
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.defer import TimeoutError as TooLate
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.protocols.policies import WrappingFactory
from twisted.web.server import Site

from notary.ops.draining import InFlight
from notary.ops.reactor import Reactor
from notary.ops.tls import ServerTLS, TLSFactory
from notary.settings.address import parse_address

DRAIN_SECONDS = 10
CLOSE_SECONDS = 1
BACKLOG = 1024

_NO_IPV6 = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
_ANY_IPV4 = "0.0.0.0"  # noqa: S104 -- what an address without a host asks for
_ANY = "::"


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
        inherited: socket.socket | None = None,
    ) -> None:
        self._reactor = reactor
        self._address = address
        self._inherited = inherited
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
        if self._inherited is None:
            # In one turn of the reactor with the closing, which is put off to the next.
            self._reactor.callLater(0, self._accept_all, self._port)
        await maybeDeferred(self._port.stopListening)
        await self._in_flight.last_requests(self._factory.protocols, self._reactor)
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

    def _accept_all(self, port: Any) -> None:  # noqa: ANN401 -- more than its interface
        """Accept those who are connected already: to close the port resets them."""
        port.numberAccepts = BACKLOG
        port.doRead()

    def _listen(self) -> IListeningPort:
        if self._inherited is not None:
            return self._adopt(self._inherited)
        address = parse_address(self._address)
        if address.host:
            return self._bind(resolve(address.host), address.port)
        try:
            return self._bind(_ANY, address.port)
        except CannotListenError as error:
            if _errno(error) not in _NO_IPV6:
                raise
            return self._bind(_ANY_IPV4, address.port)

    def _adopt(self, inherited: socket.socket) -> IListeningPort:
        """Listen with a copy of the socket; ours is not needed any more."""
        host, port = inherited.getsockname()[:2]
        self._address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        with inherited:
            return self._reactor.adoptStreamPort(
                inherited.fileno(), inherited.family, self._factory
            )

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
