"""How the program stops: on which signals, and its parts in which order."""

import atexit
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from types import FrameType
from typing import Any

from twisted.application.service import MultiService, Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import ILogObserver
from twisted.python.components import Componentized

from notary.ops.reactor import Reactor


class Program(MultiService):
    """Parts that stop one after the other, the last one added first.

    When it is made an application's, the application logs to its observer, if any.
    """

    def __init__(self, observer: ILogObserver | None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._observer = observer

    def setServiceParent(self, parent: object) -> None:  # noqa: N802
        """Become a part of the parent, twistd's application for instance."""
        if isinstance(parent, Componentized) and self._observer is not None:
            parent.setComponent(ILogObserver, self._observer)
        super().setServiceParent(parent)  # type: ignore[no-untyped-call]

    def stopService(self) -> Deferred[None]:  # noqa: N802
        """Stop all parts in order; fire when the last one has stopped."""
        self.running = False
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        for part in reversed(list(self)):
            await maybeDeferred(part.stopService)


class Closing(Service):
    """A part with nothing to start, only something to close at the end."""

    def __init__(self, close: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._close = close

    def stopService(self) -> Deferred[None]:  # noqa: N802
        """Close it; fire when it is closed."""
        self.running = False
        return Deferred.fromCoroutine(self._close())


class StopSignals(Service):
    """Makes SIGTERM and SIGINT an orderly end with exit code 0.

    Everybody who is to know is told at once; the parts stop after so many seconds.
    Left alone, Twisted ends a stopped process by the same signal once more.
    """

    def __init__(
        self,
        reactor: Reactor,
        tell: Sequence[Callable[[], None]] = (),
        delay_seconds: float = 0,
    ) -> None:
        self._reactor = reactor
        self._tell = tell
        self._delay_seconds = delay_seconds
        self._stopping = False

    def startService(self) -> None:  # noqa: N802
        """Take the signals over as soon as the reactor has set its own handlers."""
        self.running = True
        self._reactor.callWhenRunning(self._install)

    def _install(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._received)

    def _received(self, _number: int, _frame: FrameType | None) -> None:
        self._reactor.callFromThread(self.stop)

    def stop(self) -> None:
        """End now, as on a signal; a second time it changes nothing."""
        if not self._stopping:
            self._stopping = True
            for tell in self._tell:
                tell()
            self._reactor.callLater(self._delay_seconds, self._reactor.stop)


def end_with_failure(reactor: Reactor) -> None:
    """Stop the program, which then ends with code 1: Twisted knows no way to say so."""
    atexit.register(_fail)
    reactor.callLater(0, reactor.stop)


def _fail() -> None:
    sys.stdout.flush()
    os._exit(1)
