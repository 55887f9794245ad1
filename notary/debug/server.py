# mypy: allow-untyped-calls
"""The debug server as a part of the program: on loopback, or not at all."""

from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort
from twisted.logger import Logger
from twisted.protocols.policies import WrappingFactory

from notary.debug.cpu import Processor
from notary.debug.pages import Pages
from notary.debug.recorder import Recorder
from notary.debug.site import make_debug_site
from notary.ops.binding import is_without_ipv6, reason
from notary.ops.reactor import Reactor
from notary.web.status import Status

PORT = 8080

_ADDRESSES = ("127.0.0.1", "::1")

_log = Logger()


class DebugServer(Service):
    """Answers on localhost, as Go's debug server does, while the program runs.

    If the port is taken, which another program with ``-debug`` may have done, the
    log says so and the program goes on without.
    """

    def __init__(self, reactor: Reactor, status: Status, port: int = PORT) -> None:
        self._reactor = reactor
        self._port = port
        self._recorder = Recorder(reactor)
        self._processor = Processor()
        pages = Pages(status, reactor, self._processor, self._recorder)
        site = make_debug_site(pages, reactor)
        site.noisy = False
        self._factory: Any = WrappingFactory(site)
        self._factory.noisy = False
        self._listening: list[IListeningPort] = []

    def privilegedStartService(self) -> None:  # noqa: N802
        """Be ready for profiles, in the main thread."""
        self._processor.take_signal()

    def startService(self) -> None:  # noqa: N802
        """Listen on all loopback addresses of the machine, or on none."""
        self.running = True
        try:
            for address in _ADDRESSES:
                self._listen(address)
        except CannotListenError as error:
            self._close_ports()
            _log.warn(
                "no debug server: listen tcp {address}: {reason}",
                address=f"localhost:{self._port}",
                reason=reason(error),
            )
        else:
            _log.info("Debug server listening on localhost:{port}", port=self._port)

    def stopService(self) -> Deferred[None]:  # noqa: N802
        """End a profile that is being taken, and hang up; fire when that is done."""
        self.running = False
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        for closed in self._close_ports():
            await closed
        await self._recorder.close()
        for connection in list(self._factory.protocols):
            connection.loseConnection()

    def _listen(self, address: str) -> None:
        try:
            port = self._reactor.listenTCP(self._port, self._factory, 50, address)
        except CannotListenError as error:
            if not self._listening or not is_without_ipv6(error):
                raise
        else:
            self._listening.append(port)

    def _close_ports(self) -> list[Deferred[Any]]:
        ports, self._listening = self._listening, []
        return [maybeDeferred(port.stopListening) for port in ports]
