"""Transactions on bounded pools of connections, for every table and dialect.

A transaction is one function that takes a ``Transaction``; it runs in a thread,
is rolled back as a whole if it raises, and repeated as a whole if the database
says that this may help. Which statements to run is left to the stores.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from attrs import frozen

from notary.storage import combined
from notary.storage.columns import aware, wall_time
from notary.storage.dialect import Cursor, Dialect, Transient
from notary.storage.observing import QueryObserver, log_query
from notary.storage.patience import Patience
from notary.storage.pool import MAX_WAITING, Lane, NoConnection, Pool, Waiting
from notary.storage.statements import name_of

NO_CONNECTION = "no connection"
"""What observers are told when the pool was exhausted; databases have other errors."""

Row = tuple[Any, ...]

_T = TypeVar("_T")


class Transaction:
    """Runs statements of one transaction; they name their parameters ``:name``.

    ``in_doubt`` is set if an earlier attempt at the same transaction may have been
    committed, its answer lost.
    """

    def __init__(
        self,
        cursor: Cursor,
        dialect: Dialect,
        observe: QueryObserver,
        retries: int,
        *,
        in_doubt: bool,
    ) -> None:
        self._cursor = cursor
        self._dialect = dialect
        self._observe = observe
        self._retries = retries
        self.in_doubt = in_doubt

    def run(self, sql: str, **parameters: object) -> None:
        """Run a statement that returns nothing."""
        self._run(name_of(sql), sql, parameters)

    def matched(self, sql: str, **parameters: object) -> int:
        """Run an ``UPDATE``; return the number of rows it found, changed or not."""
        self.run(sql, **parameters)
        return self._cursor.rowcount

    def rows(self, sql: str, **parameters: object) -> list[Row]:
        """Return all rows of a query."""
        self.run(sql, **parameters)
        return list(self._cursor.fetchall())

    def row(self, sql: str, **parameters: object) -> Row | None:
        """Return the first row of a query."""
        return next(iter(self.rows(sql, **parameters)), None)

    def values(self, sql: str, each: Sequence[Mapping[str, object]]) -> list[Any]:
        """Run a query for one value once for each of the parameters, all in one.

        What finds no row is ``None``.
        """
        query = combined.columns(sql, len(each))
        self._run(name_of(sql), query, combined.parameters(each))
        (row,) = self._cursor.fetchall()
        return list(row)

    def united(self, sql: str, each: Sequence[Mapping[str, object]]) -> list[Row]:
        """Return the rows that a query has for each of the parameters, all in one."""
        query = combined.union(sql, len(each))
        self._run(name_of(sql), query, combined.parameters(each))
        return list(self._cursor.fetchall())

    def chosen(
        self, sql: str, each: Sequence[Mapping[str, object]], **parameters: object
    ) -> list[Row]:
        """Return the rows that a query has for any of the parameters in brackets."""
        query = combined.either(sql, len(each))
        self._run(name_of(sql), query, combined.parameters(each) | parameters)
        return list(self._cursor.fetchall())

    def insert(self, sql: str, each: Sequence[Mapping[str, object]]) -> None:
        """Run an ``INSERT`` of one row for all of the rows at once."""
        query = combined.inserts(sql, len(each))
        self._run(name_of(sql), query, combined.parameters(each))

    def claim_gun(self, gun: str) -> None:
        """Wait for every other transaction that claimed the GUN, and keep it."""
        for name, sql in self._dialect.claim_gun.items():
            self._run(name, sql, {"name": gun})

    def claim_key(self, name: str) -> None:
        """Do the same for a name in the table of keys; it must not be the id of one."""
        for statement, sql in self._dialect.claim_key.items():
            self._run(statement, sql, {"name": name})

    def written(self, when: datetime) -> str:
        """Return the time as its column wants it."""
        return wall_time(when, self._dialect.zone)

    def read(self, value: object) -> datetime:
        """Return what a time column means, in UTC."""
        return aware(value, self._dialect.zone)

    def _run(self, name: str, sql: str, parameters: dict[str, object]) -> None:
        begun, error = time.monotonic(), None
        try:
            self._cursor.execute(self._dialect.adapt(sql), parameters)
        except self._dialect.errors as failure:
            error = self._dialect.kind(failure)
            raise
        finally:
            self._observe(name, time.monotonic() - begun, error, self._retries)


class Database:
    """One database behind two pools, so that reads never queue behind writes.

    At most ``max_waiting`` transactions of each kind run or wait for a connection;
    more are refused with ``StorageError``. Without ``patience`` nothing is repeated.
    """

    def __init__(
        self,
        dialect: Dialect,
        readers: Pool,
        writers: Pool,
        max_waiting: int = MAX_WAITING,
        *,
        waiting: Waiting | None = None,
        patience: Patience | None = None,
        observe: QueryObserver = log_query,
    ) -> None:
        self._dialect = dialect
        self._reads = Lane(readers, max_waiting, waiting)
        self._writes = Lane(writers, max_waiting, waiting)
        self._patience = patience
        self._observe = observe

    @property
    def running(self) -> dict[str, int]:
        """How many transactions of each kind run or wait for a connection."""
        return {"read": self._reads.running, "write": self._writes.running}

    def can_hold(self, name: str) -> bool:
        """Tell whether there is a place for such a GUN, role or key id."""
        return self._dialect.can_hold(name)

    async def ask(self, work: Callable[[Transaction], _T]) -> _T:
        """Run a function that only reads, each statement as of its own beginning.

        One statement is then one round trip.
        """
        return await self._run("read", None, self._reads, work)

    async def write(self, work: Callable[[Transaction], _T]) -> _T:
        """Run a function that may write; raise ``Duplicate`` for a unique index.

        The function may be called several times, for the whole is repeated.
        """
        return await self._run("write", self._dialect.begin_write, self._writes, work)

    async def close(self) -> None:
        """Let what runs come to its end and close every connection."""
        for lane in (self._reads, self._writes):
            await lane.close()

    async def _run(
        self,
        kind: str,
        begin: str | None,
        lane: Lane,
        work: Callable[[Transaction], _T],
    ) -> _T:
        since = self._patience.begun() if self._patience else 0.0
        retries, in_doubt = 0, False
        while True:
            attempt = _Attempt(
                self._dialect, self._observe, kind, begin, retries, in_doubt
            )
            try:
                return await self._observed(lane, attempt, work)
            except Transient as error:
                failure = error
            if not self._patience or not await self._patience.pause(since, retries):
                raise failure
            retries, in_doubt = retries + 1, in_doubt or failure.in_doubt

    async def _observed(
        self, lane: Lane, attempt: "_Attempt", work: Callable[[Transaction], _T]
    ) -> _T:
        begun, error = time.monotonic(), None
        try:
            return await lane.run(partial(attempt.run, work))
        except NoConnection:
            error = NO_CONNECTION
            raise
        except self._dialect.errors as failure:
            error = self._dialect.kind(failure)
            raise self._dialect.translated(failure) from None
        finally:
            seconds = time.monotonic() - begun
            self._observe(attempt.kind, seconds, error, attempt.retries)


@frozen
class _Attempt:
    """One of the attempts at a transaction, which runs in a thread."""

    dialect: Dialect
    observe: QueryObserver
    kind: str
    begin: str | None
    retries: int
    in_doubt: bool

    def run(self, work: Callable[[Transaction], _T], cursor: Cursor) -> _T:
        transaction = Transaction(
            cursor, self.dialect, self.observe, self.retries, in_doubt=self.in_doubt
        )
        if self.begin is not None:
            transaction.run(self.begin)
        return work(transaction)
