"""Listen on an address or an inherited socket, and stop without losing a request.

What is served there is somebody else's site; which connections are worth waiting for
at the end is left to ``notary.ops.draining``.
"""

import socket
from typing import Any, cast

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.defer import TimeoutError as TooLate
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.web.server import Site

from notary.ops.binding import bound, cannot_listen
from notary.ops.crowd import Crowd, Limited, counting_factory
from notary.ops.descriptors import connections_at_most
from notary.ops.draining import Drainable, InFlight
from notary.ops.exhaustion import Exhaustion
from notary.ops.inherited import shown
from notary.ops.prompt import make_prompt
from notary.ops.reactor import Reactor
from notary.ops.share import Share, alone
from notary.ops.tls import ServerTLS
from notary.ops.turns import Turns, accept_at_most

DRAIN_SECONDS = 10
CLOSE_SECONDS = 1
BACKLOG = 1024

_log = Logger()


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
        share: Share | None = None,
    ) -> None:
        """``share`` is there if other processes listen with the same socket."""
        self._reactor = reactor
        self._address = address
        self._inherited = inherited
        self._share = share
        self._refused = cast(Limited, site).refusals
        self._in_flight = InFlight(cast(Drainable, site))
        site.noisy = False
        self._crowd = Crowd(
            cast(Limited, site), reactor, share or alone(), tells=tls is None
        )
        self._factory: Any = counting_factory(site, tls, self._crowd)

    def privilegedStartService(self) -> None:  # noqa: N802
        """Bind the address, or end the program with one line that says why not."""
        self._leave_descriptors()
        try:
            self._port = self._listen()
        except (CannotListenError, OSError) as error:
            raise cannot_listen(self._address, error) from None
        Exhaustion(self._port, self._reactor, self._refused)

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
        if self._inherited is None or self._share:
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
        if self._share:
            Turns(port, self._reactor, self._share)
        return port
