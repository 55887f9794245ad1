"""How many transactions may run, wait, and how long: the limits of a pool.

What runs in the pool's threads is left to ``database``.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from attrs import frozen
from twisted.enterprise.adbapi import ConnectionPool
from twisted.internet.defer import Deferred, DeferredSemaphore, TimeoutError
from twisted.internet.interfaces import IReactorTime

from notary.storage.store import StorageError

MAX_WAITING = 1000

_T = TypeVar("_T")


class NoConnection(StorageError):
    """The pool is exhausted: the transaction was not even begun."""


class Pool(Protocol):
    """The part of ``adbapi.ConnectionPool`` that is used; it has no annotations."""

    def runInteraction(  # noqa: N802
        self, interaction: Callable[[Any], _T], /
    ) -> Deferred[_T]:
        """Run the function with a cursor, in a thread and a transaction."""

    def close(self) -> None:
        """Close every connection."""


connection_pool: Callable[..., Pool] = ConnectionPool


@frozen
class Waiting:
    """How long, in seconds, to wait for one of a number of connections."""

    connections: int
    seconds: float
    clock: IReactorTime


class Lane:
    """A pool that counts what it is asked for.

    More than ``max_waiting`` at once are refused, and so is whoever waits for too long.
    """

    def __init__(self, pool: Pool, max_waiting: int, waiting: Waiting | None) -> None:
        self._pool = pool
        self._max_waiting = max_waiting
        self._waiting = waiting
        self._slots = DeferredSemaphore(waiting.connections if waiting else max_waiting)
        self._closed = False
        self._idle: Deferred[None] = Deferred()
        self.running = 0

    async def run(self, interaction: Callable[[Any], _T]) -> _T:
        """Return what the function returns; raise ``StorageError`` if it cannot run."""
        if self._closed:
            raise StorageError("the database is closed")
        if self.running >= self._max_waiting:
            raise NoConnection("too many requests wait for the database")
        self.running += 1
        try:
            return await self._run(interaction)
        finally:
            self.running -= 1
            if self._closed and not self.running:
                self._idle.callback(None)

    async def close(self) -> None:
        """Wait until nothing runs and close every connection."""
        if self._closed:
            return
        self._closed = True
        if self.running:
            await self._idle
        self._pool.close()

    async def _run(self, interaction: Callable[[Any], _T]) -> _T:
        await self._enter()
        try:
            return await self._pool.runInteraction(interaction)
        finally:
            self._slots.release()

    async def _enter(self) -> None:
        entered = self._slots.acquire()
        if self._waiting is not None and not entered.called:
            entered.addTimeout(self._waiting.seconds, self._waiting.clock)
        try:
            await entered
        except TimeoutError:
            raise NoConnection("all connections to the database are busy") from None
