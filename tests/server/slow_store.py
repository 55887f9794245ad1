"""A database that answers when it is told to, in whatever order."""

from copy import copy
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred

from notary.storage.store import StorageError


@define(eq=False)
class Query:
    """One query: first it looks at the data, and later its answer arrives."""

    work: Any
    asked: Any
    answer: Deferred[Any] = field(factory=Deferred)
    found: Any = None
    has_looked: bool = False

    def look(self) -> None:
        if not self.has_looked:
            self.has_looked = True
            Deferred.fromCoroutine(self.work(self.asked)).addCallback(self._keep)

    def _keep(self, found: Any) -> None:
        self.found = found


@define
class SlowStore:
    """A store whose reads wait in ``pending``; it counts them by method."""

    inner: Any
    pending: list[Query] = field(factory=list)
    counted: list[str] = field(factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def newest_timestamps(self, guns: Any) -> Any:
        return await self._slow("newest_timestamps", guns)

    async def newest_of(self, roles: Any) -> Any:
        return await self._slow("newest_of", roles)

    async def find(self, places: Any) -> Any:
        return await self._slow("find", places)

    async def stored(self, places: Any) -> Any:
        return await self._slow("stored", places)

    def _slow(self, name: str, asked: Any) -> Deferred[Any]:
        self.counted.append(name)
        query = Query(getattr(self.inner, name), copy(asked))
        self.pending.append(query)
        return query.answer

    def look(self, number: int = 0) -> None:
        """Let one of the pending queries look at the data."""
        if self.pending:
            self.pending[number % len(self.pending)].look()

    def reply(self, number: int = 0) -> None:
        """Answer one of the pending queries, after it has looked."""
        if self.pending:
            query = self.pending.pop(number % len(self.pending))
            query.look()
            query.answer.callback(query.found)

    def fail(self, number: int = 0) -> None:
        """Let one of the pending queries fail, whether it has looked or not."""
        if self.pending:
            query = self.pending.pop(number % len(self.pending))
            query.answer.errback(StorageError("the connection is lost"))
