"""Listen on an address or an inherited socket, and stop without losing a request.

What is served there is somebody else's site; which connections are worth waiting for
at the end is left to ``notary.ops.draining``.
"""

import errno
import os
import socket
from collections.abc import Callable
from typing import Any, TypeVar, cast

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.defer import TimeoutError as TooLate
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.web.server import Site

from notary.ops.crowd import Crowd, Limited, counting_factory
from notary.ops.descriptors import connections_at_most
from notary.ops.draining import Drainable, InFlight
from notary.ops.inherited import shown
from notary.ops.prompt import make_prompt
from notary.ops.reactor import Reactor
from notary.ops.tls import ServerTLS
from notary.ops.turns import accept_at_most, take_turns
from notary.settings.address import parse_address

DRAIN_SECONDS = 10
CLOSE_SECONDS = 1
BACKLOG = 1024

_log = Logger()

_NO_IPV6 = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
_ANY_IPV4 = "0.0.0.0"  # noqa: S104 -- what an address without a host asks for
_ANY = "::"
_Bound = TypeVar("_Bound")


class Listener(Service):
    """Serves a site on one address, over TLS if there are options for it."""

    _port: IListeningPort | None = None

    def __init__(
        self,
        reactor: Reactor,
        address: str,
        site: Site,
        tls: ServerTLS | None,
        inherited: socket.socket | None = None,
        *,
        shared: bool = False,
    ) -> None:
        """``shared`` is a socket that other processes listen with, too."""
        self._reactor = reactor
        self._address = address
        self._inherited = inherited
        self._shared = shared
        self._in_flight = InFlight(cast(Drainable, site))
        site.noisy = False
        self._crowd = Crowd(cast(Limited, site), reactor, tells=tls is None)
        self._factory: Any = counting_factory(site, tls, self._crowd)

    def privilegedStartService(self) -> None:  # noqa: N802
        """Bind the address, or end the program with one line that says why not."""
        self._leave_descriptors()
        try:
            self._port = self._listen()
        except (CannotListenError, OSError) as error:
            raise cannot_listen(self._address, error) from None

    def startService(self) -> None:  # noqa: N802
        """Say so as soon as clients are really answered."""
        self.running = True
        self._reactor.callWhenRunning(
            _log.info, "Starting on {address}", address=self._address
        )

    def stopService(self) -> Deferred[None]:  # noqa: N802
        """Accept nothing more; fire when the last request is answered or given up."""
        self.running = False
        return Deferred.fromCoroutine(self._drain())

    def _leave_descriptors(self) -> None:
        """Take no more connections than can be open, and say so if it is fewer."""
        wanted = self._crowd.most
        self._crowd.most = connections_at_most(wanted)
        if self._crowd.most < wanted:
            _log.warn(
                "at most {most} connections to {address}, and not limits.connections:"
                " the process may not open more files",
                most=self._crowd.most,
                address=self._address,
            )

    async def _drain(self) -> None:
        if self._port is None:
            return
        if self._inherited is None or self._shared:
            # In one turn of the reactor with the closing, which is put off to the next.
            self._reactor.callLater(0, self._accept_all, self._port)
        await maybeDeferred(self._port.stopListening)
        await self._in_flight.last_requests(self._factory.protocols, self._reactor)
        try:
            await self._in_flight.none_left(self._reactor, DRAIN_SECONDS)
        except TooLate:
            _log.warn("gave up on requests after {seconds} s", seconds=DRAIN_SECONDS)
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
        accept_at_most(port, BACKLOG)

    def _listen(self) -> IListeningPort:
        if self._inherited is not None:
            return self._adopt(self._inherited)
        return bound(self._address, self._bind)

    def _bind(self, host: str, port: int) -> IListeningPort:
        return make_prompt(self._reactor.listenTCP(port, self._factory, BACKLOG, host))

    def _adopt(self, inherited: socket.socket) -> IListeningPort:
        """Listen with a copy of the socket; ours is not needed any more."""
        self._address = shown(inherited)
        with inherited:
            port = make_prompt(
                self._reactor.adoptStreamPort(
                    inherited.fileno(), inherited.family, self._factory
                )
            )
        return take_turns(port) if self._shared else port


def bound(address: str, bind: Callable[[str, int], _Bound]) -> _Bound:
    """Return what ``bind`` makes of the host and port of an address.

    Raise ``CannotListenError``, as it does, or ``OSError``.
    """
    where = parse_address(address)
    if where.host:
        return bind(resolve(where.host), where.port)
    try:
        return bind(_ANY, where.port)
    except CannotListenError as error:
        if _errno(error) not in _NO_IPV6:
            raise
        return bind(_ANY_IPV4, where.port)


def cannot_listen(address: str, error: CannotListenError | OSError) -> SystemExit:
    """Log why nobody can listen there, and return the end of the program."""
    reason = _reason(error)
    _log.critical("listen tcp {address}: {reason}", address=address, reason=reason)
    return SystemExit(1)


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
