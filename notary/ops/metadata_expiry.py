"""Goes through all current metadata now and then, slowly, to see what expires.

No column tells when a file expires, so files are read: ten a second at most, all of
them every six hours. What is found is left to ``notary.ops.expiring``; what is due
waits in the reserve to be signed anew.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.logger import Logger

from notary.ops import expiring
from notary.ops.expiring import Read, Tally
from notary.ops.metrics_expiry import Expiring
from notary.ops.reactor import Reactor
from notary.ops.reserve import Reserve
from notary.storage.store import MetadataStore, StorageError, StoredFile

PAGE_FILES = 10
PAGE_SECONDS = 1.0
ROUND_SECONDS = 6 * 3600
RETRY_SECONDS = 600

_START = ("", "")

_log = Logger()


class MetadataExpiryCount(Service):
    """Counts at the start and every six hours, and tells each count to ``show``.

    The timestamps of whose life so many percent are over go to the reserve.
    """

    def __init__(
        self,
        store: MetadataStore,
        reactor: Reactor,
        now: Callable[[], datetime],
        show: Callable[[Expiring], None],
        *,
        after_percent: int,
        reserve: Reserve,
    ) -> None:
        self._store = store
        self._reactor = reactor
        self._now = now
        self._show = show
        self._after_percent = after_percent
        self._reserve = reserve
        self._rounds: Deferred[None] | None = None

    def startService(self) -> None:  # noqa: N802
        """Begin as soon as the reactor runs."""
        self.running = True
        self._reactor.callWhenRunning(self._begin)

    def stopService(self) -> None:  # noqa: N802
        """Stop where it is."""
        self.running = False
        if self._rounds is not None:
            self._rounds.cancel()

    def _begin(self) -> None:
        if self.running:
            self._rounds = Deferred.fromCoroutine(self._run())
            self._rounds.addErrback(lambda failure: failure.trap(CancelledError))

    async def _run(self) -> None:
        while True:
            seconds = ROUND_SECONDS
            try:
                self._show(await self._count())
            except CancelledError:
                raise
            except StorageError as error:
                seconds = RETRY_SECONDS
                _log.warn(
                    "could not count the metadata that expires soon: {reason}",
                    reason=str(error),
                )
            except Exception:
                _log.failure("could not count the metadata that expires soon")
            await deferLater(self._reactor, seconds)

    async def _count(self) -> Expiring:
        tally, after = Tally(self._now(), self._after_percent), _START
        while True:
            page = await self._store.newest_files(after, PAGE_FILES)
            for file in await deferToThread(_read, page):
                tally.add(file)
                after = file.gun, file.role
            self._reserve.found(tally.taken())
            if len(page) < PAGE_FILES:
                break
            await deferLater(self._reactor, PAGE_SECONDS)
        found = tally.finished()
        self._reserve.found(tally.taken())
        self._reserve.counted(tally.first_expiry)
        _tell(tally)
        return found


def _tell(tally: Tally) -> None:
    for due in tally.soon:
        _log.warn(
            "{role} of {gun} expires in {days:.1f} days",
            role=due.role,
            gun=due.gun,
            days=due.days,
        )
    for gun, role in tally.damaged:
        _log.warn(
            "{role} of {gun} cannot be read: what is stored is damaged",
            role=role,
            gun=gun,
        )
    if tally.stuck:
        _log.warn(
            "{count} timestamps are due, but not signed anew: the roots of their"
            " repositories have expired",
            count=tally.stuck,
        )


def _read(page: Sequence[tuple[str, StoredFile]]) -> list[Read]:
    return [expiring.read(gun, file) for gun, file in page]
