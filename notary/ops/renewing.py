"""Signs anew what is due, before anybody has to wait for it: slowly, and steadily.

Two at a time, after pauses that are never the same, and so many a minute on average.
What is due comes from the walk through all files and from readers; what there is to do
about it is in ``notary.server.renew``.
"""

import random

from twisted.application import service
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from notary.ops.reactor import Reactor
from notary.ops.reserve import Reserve
from notary.server.backlog import Due
from notary.server.online_keys import KeysMissing
from notary.server.renew import renew_due
from notary.server.service import MetadataNotFound, Service
from notary.signing.service import SigningRefused, SigningUnavailable
from notary.storage.store import StorageError
from notary.tuf import moment
from notary.tuf.errors import Expired, InvalidMetadata

AT_ONCE = 2
NOTHING_SECONDS = 0.05
"""The pause after a timestamp that another server, or a reader, had signed already."""
FIRST_AWAY_SECONDS = 5
LONGEST_AWAY_SECONDS = 60
"""The pauses while nobody can sign or store."""
REMINDER_SECONDS = 600
COMPLAINT_SECONDS = 60

_AWAY = (SigningUnavailable, StorageError)
_NO_USE = (InvalidMetadata, KeysMissing, SigningRefused)
_HOUR = 3600
_NANOSECOND = 1e-9
_RANDOM = random.SystemRandom()

_log = Logger()


class Renewing(service.Service):
    """Takes what is due out of the backlog of a server, and renews it."""

    def __init__(
        self, server: Service, reactor: Reactor, per_minute: int, reserve: Reserve
    ) -> None:
        self._server = server
        self._reactor = reactor
        self._seconds = AT_ONCE * 60 / per_minute
        self._reserve = reserve
        self._failures = 0
        self._has_told = False
        self._reminder = _NowAndThen(reactor, REMINDER_SECONDS)
        self._complaint = _NowAndThen(reactor, COMPLAINT_SECONDS)
        self._running: list[Deferred[None]] = []

    def startService(self) -> None:  # noqa: N802
        """Begin as soon as the reactor runs."""
        self.running = True
        self._reactor.callWhenRunning(self._begin)

    def stopService(self) -> None:  # noqa: N802
        """Begin no more; what is being signed ends, or fails when the signer is let go.

        Readers may wait for it, too.
        """
        self.running = False
        for each in self._running:
            each.cancel()

    def _begin(self) -> None:
        if self.running:
            self._running = [
                Deferred.fromCoroutine(self._run()) for _ in range(AT_ONCE)
            ]
            for each in self._running:
                each.addErrback(lambda failure: failure.trap(CancelledError))

    async def _run(self) -> None:
        seconds = self._seconds
        while True:
            await deferLater(self._reactor, seconds * _RANDOM.uniform(0.5, 1.5))
            seconds = await self._renew_one()

    async def _renew_one(self) -> float:
        """Renew one of the first; return how long to pause afterwards."""
        now = moment.of(self._server.now()).nanoseconds
        due = self._server.renewals.backlog.take(now)
        if due is None:
            return self._seconds
        try:
            is_signed = await renew_due(self._server, due)
        except CancelledError:
            raise
        except MetadataNotFound:
            return NOTHING_SECONDS
        except _AWAY as error:
            self._server.renewals.backlog.put_back(due, now)
            return self._away(error)
        except _NO_USE as error:
            self._complain(due, now, error)
        except Exception:
            _log.failure("unexpected error while a timestamp was signed anew")
        else:
            if not is_signed:
                return NOTHING_SECONDS
            self._back()
        return self._seconds

    def _away(self, error: Exception) -> float:
        if self._reminder.is_due():
            self._has_told = True
            left = self._reserve.seconds() or 0
            _log.error(
                "timestamps cannot be signed anew: {reason}; {waiting} are due,"
                " {reserve}",
                reason=error,
                waiting=self._reserve.waiting(),
                reserve=f"the first expires in {left / _HOUR:.1f} hours"
                if left
                else "some have expired",
            )
        self._failures += 1
        pause = FIRST_AWAY_SECONDS * (1 << min(self._failures - 1, 16))
        return max(self._seconds, min(pause, LONGEST_AWAY_SECONDS))

    def _back(self) -> None:
        self._failures = 0
        if self._has_told:
            self._has_told = False
            _log.info(
                "timestamps are signed anew again; {waiting} are due",
                waiting=self._reserve.waiting(),
            )

    def _complain(self, due: Due, now: int, error: Exception) -> None:
        if self._complaint.is_due():
            log = _log.warn if isinstance(error, Expired) else _log.error
            log(
                "the timestamp of {gun} cannot be signed anew, and expires in"
                " {hours:.1f} hours: {reason}",
                gun=due.gun,
                hours=(due.expires - now) * _NANOSECOND / _HOUR,
                reason=error,
            )


class _NowAndThen:
    """Tells when something may be said again."""

    def __init__(self, clock: IReactorTime, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._last: float | None = None

    def is_due(self) -> bool:
        """Tell whether it was not said for so many seconds; then it is said now."""
        now = self._clock.seconds()
        if self._last is not None and now - self._last < self._seconds:
            return False
        self._last = now
        return True
