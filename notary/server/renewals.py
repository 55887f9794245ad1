"""One renewal of a repository at a time: who needs it meanwhile waits for the same one.

A failure is remembered for a while, so that not every reader waits anew for a signer
that does not answer. What a renewal is, and which failure lasts how long, is left to
``notary.server.renew``.
"""

from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred

from notary.server.backlog import Backlog
from notary.signing.service import SigningUnavailable

MAX_RUNNING = 1000
"""More are begun only if somebody waits for them."""
MAX_WAITING = 5000
MAX_FAILURES = 10_000

Work = Callable[[], Coroutine[Any, Any, bool]]
Rest = Callable[[Exception], float]
"""For how many seconds what failed is not tried again."""


@frozen
class _Failure:
    """Why the state of a repository could not be renewed, and until when that holds."""

    base: str
    error: Exception
    until: float


class Renewals:
    """What one process knows of its renewals, and what waits to be renewed.

    A state of a repository is named by the sha256 of its timestamp, as ``base``.
    """

    def __init__(
        self,
        seconds: Callable[[], float],
        *,
        max_running: int = MAX_RUNNING,
        max_waiting: int = MAX_WAITING,
        max_failures: int = MAX_FAILURES,
    ) -> None:
        self.backlog = Backlog()
        self._seconds = seconds
        self._max_running = max_running
        self._max_waiting = max_waiting
        self._max_failures = max_failures
        self._running: dict[str, list[Deferred[bool]]] = {}
        self._waiting = 0
        self._failures: OrderedDict[str, _Failure] = OrderedDict()

    def has_failed(self, gun: str, base: str) -> bool:
        """Tell whether this state could not be renewed when that was last tried."""
        failure = self._failures.get(gun)
        return failure is not None and failure.base == base

    def may_try(self, gun: str, base: str) -> bool:
        """Tell whether nobody is at it, and no recent failure speaks against it."""
        return gun not in self._running and self._remembered(gun, base) is None

    def begin(self, gun: str, base: str, work: Work, rest: Rest) -> None:
        """Begin to renew, if that may help; nobody waits for it."""
        if self.may_try(gun, base) and len(self._running) < self._max_running:
            self._begin(gun, base, work, rest)

    async def together(self, gun: str, base: str, work: Work, rest: Rest) -> bool:
        """Join the renewal that is under way, or begin one; return what it returns.

        Raise what it raises; for as many seconds as ``rest`` says, the same error is
        raised again at once.
        """
        if self._waiting >= self._max_waiting:
            raise SigningUnavailable("too many requests wait for a renewal")
        if gun not in self._running:
            error = self._remembered(gun, base)
            if error is not None:
                raise error.with_traceback(None)
        self._waiting += 1
        try:
            return await self._joined(gun, base, work, rest)
        finally:
            self._waiting -= 1

    def _joined(self, gun: str, base: str, work: Work, rest: Rest) -> Deferred[bool]:
        done: Deferred[bool] = Deferred()
        if gun in self._running:
            self._running[gun].append(done)
        else:
            self._begin(gun, base, work, rest, done)
        return done

    def _begin(
        self, gun: str, base: str, work: Work, rest: Rest, *waiting: Deferred[bool]
    ) -> None:
        self._running[gun] = list(waiting)
        Deferred.fromCoroutine(self._run(gun, base, work, rest))

    async def _run(self, gun: str, base: str, work: Work, rest: Rest) -> None:
        result, error = False, None
        try:
            result = await work()
        except Exception as failure:  # whatever it is, nobody may wait for ever
            error = failure
        self._failures.pop(gun, None)
        if error is not None:
            self._remember(gun, _Failure(base, error, self._seconds() + rest(error)))
        for done in self._running.pop(gun):
            if error is None:
                done.callback(result)
            else:
                done.errback(error.with_traceback(None))

    def _remembered(self, gun: str, base: str) -> Exception | None:
        failure = self._failures.get(gun)
        if failure is None or failure.base != base or failure.until < self._seconds():
            return None
        return failure.error

    def _remember(self, gun: str, failure: _Failure) -> None:
        failure.error.with_traceback(None)
        self._failures[gun] = failure
        if len(self._failures) > self._max_failures:
            self._failures.popitem(last=False)
