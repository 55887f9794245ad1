"""Group reads: many who ask at the same time are answered by one query.

Who asks while a query is in flight waits, and is answered by the next one together
with all others who came meanwhile.

Why no acknowledged publish is missed: who waits is taken into a query only when that
begins, so a query begins after all that it answers have asked. It is one statement
outside of a transaction and sees what was committed when it began, whoever committed
it: this server, another, or Go's. A publish is acknowledged after its commit. So who
asks after an acknowledgement is answered from a state that contains it, also if the
statement is repeated, or answers come in another order than they were asked for. Within
one state nothing is mixed: all else that a reader gets is named by hash from there.

It holds as far as one database does: a node of a Galera cluster first applies what the
others have committed, because each session has ``wsrep_sync_wait`` for reads; a replica
that only follows may be behind, and is not to be named in the address.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred, FirstError, gatherResults
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from notary.storage.store import StorageError

MAX_WAITING = 5000
MAX_IN_FLIGHT = 4
OVERDUE_SECONDS = 0.05
WAIT_SECONDS = 5.0
"""How long anybody waits for a query to begin: as long as one may take to answer."""

GATHER_FROM = 4
GATHER_SECONDS = 0.008
"""After an answer to so many at once, how long the next query waits for as many."""

K = TypeVar("K")
V = TypeVar("V")


class Grouping(Generic[K, V]):
    """Asks ``query`` for at most ``most`` keys at once; what it leaves out is ``None``.

    Who was answered may ask again at once. So that the same do not form two groups that
    take turns, the next query of one that ``gathers`` waits a little after a large one.

    One query is in flight. When it has not answered soon, another may begin, so that a
    connection that hangs holds up only those who wait for its answer. If all hang that
    may be in flight, who waits behind them is refused before long.
    """

    def __init__(
        self,
        query: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]],
        clock: IReactorTime,
        most: int,
        *,
        gathers: bool = False,
    ) -> None:
        self._query = query
        self._clock = clock
        self._most = most
        self._gathers = gathers
        self._waiting: dict[K, list[Deferred[V | None]]] = {}
        self._since: dict[K, float] = {}
        self._refusal: IDelayedCall | None = None
        self._gathering: IDelayedCall | None = None
        self._expected = 0
        self._waiters = 0
        self._in_flight = 0
        self._prompt = 0
        self._is_beginning = False

    def ask(self, key: K) -> "Deferred[V | None]":
        """Return the answer of a query that begins after this, or ``StorageError``."""
        (answer,) = self._wait([key])
        self._begin_soon()
        return answer

    async def ask_all(self, keys: Sequence[K]) -> "list[V | None]":
        """Return the answers for several keys, of one query if it takes so many."""
        if not keys:
            return []
        answers = self._wait(keys)
        self._begin_soon()
        try:
            return await gatherResults(answers, consumeErrors=True)
        except FirstError as error:
            error.subFailure.raiseException()

    def _wait(self, keys: Sequence[K]) -> "list[Deferred[V | None]]":
        if self._waiters >= MAX_WAITING:
            raise StorageError("too many requests wait for the database")
        answers: list[Deferred[V | None]] = [Deferred() for _ in keys]
        now = self._clock.seconds()
        for key, answer in zip(keys, answers, strict=True):
            self._waiting.setdefault(key, []).append(answer)
            self._since.setdefault(key, now)
        self._waiters += len(answers)
        return answers

    def _begin_soon(self) -> None:
        if self._gathering is not None:
            if self._waiters < self._expected and len(self._waiting) < self._most:
                return
            self._gathering.cancel()
            self._gathering = None
        if not self._is_beginning:
            # Others whose requests have arrived already come before the turn's end.
            self._is_beginning = True
            self._clock.callLater(0, self._begin)

    def _gather(self, answered: int) -> None:
        """Begin the next query, once those who were just answered have asked again."""
        if self._gathering is not None:
            return
        is_full = len(self._waiting) >= self._most
        if self._gathers and answered >= GATHER_FROM and not (is_full or self._prompt):
            self._expected = answered + self._waiters
            self._gathering = self._clock.callLater(GATHER_SECONDS, self._gathered)
        else:
            self._begin()

    def _gathered(self) -> None:
        self._gathering = None
        self._begin()

    def _begin(self) -> None:
        self._is_beginning = False
        if self._waiting and not self._prompt and self._in_flight < MAX_IN_FLIGHT:
            keys = list(islice(self._waiting, self._most))
            Deferred.fromCoroutine(self._fly(self._taken(keys)))
        elif self._waiting and self._in_flight == MAX_IN_FLIGHT:
            self._refuse_later()

    def _taken(self, keys: Sequence[K]) -> dict[K, list["Deferred[V | None]"]]:
        """Take those who wait for these out of the queue."""
        group = {key: self._waiting.pop(key) for key in keys}
        for key in keys:
            del self._since[key]
        self._waiters -= sum(map(len, group.values()))
        if self._refusal and not self._waiting:
            self._refusal.cancel()
            self._refusal = None
        return group

    def _refuse_later(self) -> None:
        if self._refusal is None:
            # Who has waited longest is first.
            waited = self._clock.seconds() - next(iter(self._since.values()))
            left = max(WAIT_SECONDS - waited, 0)
            self._refusal = self._clock.callLater(left, self._refuse)

    def _refuse(self) -> None:
        self._refusal = None
        past = self._clock.seconds() - WAIT_SECONDS
        overdue = [key for key, since in self._since.items() if since <= past]
        for answers in self._taken(overdue).values():
            for answer in answers:
                answer.errback(StorageError("the database does not answer"))
        self._begin()

    async def _fly(self, group: dict[K, list["Deferred[V | None]"]]) -> None:
        self._in_flight += 1
        self._prompt += 1
        patience = self._clock.callLater(OVERDUE_SECONDS, self._no_longer_prompt)
        found: Mapping[K, V] = {}
        failure: Exception | None = None
        try:
            found = await self._query(list(group))
        except Exception as error:  # whatever it is, nobody may wait for ever
            failure = error
        self._in_flight -= 1
        if patience.active():
            patience.cancel()
            self._prompt -= 1
        self._gather(sum(map(len, group.values())))
        for key, answers in group.items():
            for answer in answers:
                if failure is None:
                    answer.callback(found.get(key))
                else:
                    answer.errback(_copy(failure))

    def _no_longer_prompt(self) -> None:
        self._prompt -= 1
        self._begin()


def _copy(failure: Exception) -> Exception:
    """Return an error that one of many may raise: each adds its own traceback."""
    if isinstance(failure, StorageError):
        return StorageError(str(failure))
    return failure
