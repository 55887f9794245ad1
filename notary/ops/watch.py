"""One service on which the program depends, asked in the background now and then.

What there is to ask, and what follows from the answers, is in ``notary.ops.health``.
"""

from collections.abc import Awaitable, Callable

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from notary.signing.service import SigningUnavailable
from notary.storage.store import StorageError

INTERVAL_SECONDS = 10
AWAY_SECONDS = 2
"""The pause between two questions to a service that does not answer well."""
DEADLINE_SECONDS = 5
REMINDER_SECONDS = 600

_UNKNOWN = "not checked yet"
_EXPECTED = (StorageError, SigningUnavailable)

_log = Logger()


@frozen
class Check:
    """What the program depends on, ``storage`` or ``signer``, and how to ask it.

    ``ask`` raises what is then logged; clients are told ``failure`` and nothing else.
    What is not ``for_reading`` is only needed to write.
    """

    service: str
    name: str
    failure: str
    ask: Callable[[], Awaitable[object]]
    for_reading: bool = True


class Watch:
    """Asks one service again and again, and logs when it goes away or comes back.

    ``problem`` is what clients are told; empty if all is well.
    """

    def __init__(self, check: Check, clock: IReactorTime) -> None:
        self.check = check
        self.problem = _UNKNOWN
        self._clock = clock
        self._timer: IDelayedCall | None = None
        self._stopped = False
        self._down_since = self._logged = 0.0

    def is_up(self) -> bool:
        """Tell whether its last answer was good, and not too late."""
        return not self.problem

    def start(self) -> None:
        """Ask.

        Who does not answer in time is down, but not given up and asked a second time:
        what runs in a thread cannot be cancelled.
        """
        self._timer = self._clock.callLater(DEADLINE_SECONDS, self._down, None)
        Deferred.fromCoroutine(self._ask())

    def stop(self) -> None:
        """Ask no more, and take no notice of an answer that is still to come."""
        self._stopped = True
        self._cancel_timer()

    async def _ask(self) -> None:
        error = None
        try:
            await self.check.ask()
        except Exception as failure:
            error = failure
        if self._stopped:
            return
        self._cancel_timer()
        if error is None:
            self._up()
        else:
            self._down(error)
        pause = INTERVAL_SECONDS if self.is_up() else AWAY_SECONDS
        self._timer = self._clock.callLater(pause, self.start)

    def _cancel_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _up(self) -> None:
        if self.problem == self.check.failure:
            _log.info(
                "{check}: works again, after {seconds:.0f} s",
                check=self.check.name,
                seconds=self._clock.seconds() - self._down_since,
            )
        self.problem = ""

    def _down(self, error: Exception | None) -> None:
        now = self._clock.seconds()
        if self.problem != self.check.failure:
            self.problem = self.check.failure
            self._down_since = now
        elif now - self._logged < REMINDER_SECONDS:
            return
        self._logged = now
        self._log(error)

    def _log(self, error: Exception | None) -> None:
        said = f"{self.check.name}: {self.check.failure}"
        if error is None:
            reason = f"no answer within {DEADLINE_SECONDS} s"
            _log.error("{problem}: {reason}", problem=said, reason=reason)
        elif isinstance(error, _EXPECTED):
            _log.error("{problem}: {reason}", problem=said, reason=error)
        else:
            _log.failure("{problem}", Failure(error), problem=said)
