"""Profiles that take time: one at a time, in a thread that ends with it."""

from collections.abc import Callable
from threading import Event, Thread

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.python.failure import Failure

Work = Callable[[Event], bytes]
"""Blocks until it is done, or shortly after the event is set."""


class Busy(Exception):
    """Another profile is being taken."""


class Recorder:
    """Runs work for whoever asks, unless there is work already."""

    def __init__(self, reactor: IReactorFromThreads) -> None:
        self._reactor = reactor
        self._stop: Event | None = None
        self._idle: list[Deferred[None]] = []

    async def record(self, work: Work) -> bytes:
        """Return what the work returns; raise ``Busy``.

        Who is cancelled while waiting has the work stopped.
        """
        if self._stop is not None:
            raise Busy("another profile is being taken: one at a time")
        stop = self._stop = Event()
        done: Deferred[bytes] = Deferred(lambda _: stop.set())
        Thread(target=self._run, args=(work, stop, done), name="profile").start()
        return await done

    async def close(self) -> None:
        """Stop the work, if any; return when its thread has nothing left to do."""
        if self._stop is not None:
            self._stop.set()
            ended: Deferred[None] = Deferred()
            self._idle.append(ended)
            await ended

    def _run(self, work: Work, stop: Event, done: "Deferred[bytes]") -> None:
        try:
            outcome: bytes | Failure = work(stop)
        except Exception:
            outcome = Failure()
        self._reactor.callFromThread(self._finish, outcome, done)

    def _finish(self, outcome: bytes | Failure, done: "Deferred[bytes]") -> None:
        self._stop = None
        if not done.called:
            done.callback(outcome)
        while self._idle:
            self._idle.pop().callback(None)
