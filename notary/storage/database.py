"""Transactions on bounded pools of connections, for every table and dialect.

A transaction is one function that takes a ``Transaction``; it runs in a thread,
and is rolled back as a whole if it raises. Which statements to run is left to
the stores.
"""

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from twisted.enterprise.adbapi import ConnectionPool
from twisted.internet.defer import Deferred

from notary.storage.dialect import Dialect
from notary.storage.store import StorageError

MAX_WAITING = 1000

Row = tuple[Any, ...]

_T = TypeVar("_T")


class Cursor(Protocol):
    """The part of a DB-API cursor that is used."""

    def execute(self, sql: str, parameters: dict[str, object], /) -> object:
        """Run a statement."""

    def fetchall(self) -> Iterable[Row]:
        """Return the remaining rows of the last statement."""


class Pool(Protocol):
    """The part of ``adbapi.ConnectionPool`` that is used; it has no annotations."""

    def runInteraction(  # noqa: N802
        self, interaction: Callable[[Any], _T], /
    ) -> Deferred[_T]:
        """Run the function with a cursor, in a thread and a transaction."""

    def close(self) -> None:
        """Close every connection."""


connection_pool: Callable[..., Pool] = ConnectionPool


class Transaction:
    """Runs statements of one transaction; they name their parameters ``:name``."""

    def __init__(self, cursor: Cursor, dialect: Dialect) -> None:
        self._cursor = cursor
        self._dialect = dialect

    def run(self, sql: str, **parameters: object) -> None:
        """Run a statement that returns nothing."""
        self._cursor.execute(self._dialect.adapt(sql), parameters)

    def rows(self, sql: str, **parameters: object) -> list[Row]:
        """Return all rows of a query."""
        self.run(sql, **parameters)
        return list(self._cursor.fetchall())

    def row(self, sql: str, **parameters: object) -> Row | None:
        """Return the first row of a query."""
        return next(iter(self.rows(sql, **parameters)), None)


class Database:
    """One database behind two pools, so that reads never queue behind writes.

    At most ``max_waiting`` transactions of each kind run or wait for a connection;
    more are refused with ``StorageError``.
    """

    def __init__(
        self,
        dialect: Dialect,
        readers: Pool,
        writers: Pool,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._dialect = dialect
        self._reads = _Lane(readers, max_waiting)
        self._writes = _Lane(writers, max_waiting)

    async def read(self, work: Callable[[Transaction], _T]) -> _T:
        """Run a function that only reads, on one consistent state of the data."""
        return await self._run(self._reads, self._dialect.begin_read, work)

    async def write(self, work: Callable[[Transaction], _T]) -> _T:
        """Run a function that may write; raise ``Duplicate`` for a unique index."""
        return await self._run(self._writes, self._dialect.begin_write, work)

    async def close(self) -> None:
        """Let what runs come to its end and close every connection."""
        for lane in (self._reads, self._writes):
            await lane.close()

    async def _run(
        self, lane: "_Lane", begin: str, work: Callable[[Transaction], _T]
    ) -> _T:
        def interaction(cursor: Any) -> _T:  # noqa: ANN401 -- adbapi's own proxy
            transaction = Transaction(cursor, self._dialect)
            transaction.run(begin)
            return work(transaction)

        try:
            return await lane.run(interaction)
        except self._dialect.errors as error:
            raise self._dialect.translated(error) from None


class _Lane:
    """A pool that counts what it is asked for."""

    def __init__(self, pool: Pool, max_waiting: int) -> None:
        self._pool = pool
        self._max_waiting = max_waiting
        self._running = 0
        self._closed = False
        self._idle: Deferred[None] = Deferred()

    async def run(self, interaction: Callable[[Any], _T]) -> _T:
        if self._closed:
            raise StorageError("the database is closed")
        if self._running >= self._max_waiting:
            raise StorageError("too many requests wait for the database")
        self._running += 1
        try:
            return await self._pool.runInteraction(interaction)
        finally:
            self._running -= 1
            if self._closed and not self._running:
                self._idle.callback(None)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._running:
            await self._idle
        self._pool.close()
