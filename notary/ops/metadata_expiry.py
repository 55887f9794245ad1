"""Goes through all current metadata now and then, slowly, to see what expires soon.

No column tells when a file expires, so files are read: ten a second at most, all of
them every six hours. What is counted is left to ``notary.ops.expiring``.
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
from notary.storage.store import MetadataStore, StorageError, StoredFile

PAGE_FILES = 10
PAGE_SECONDS = 1.0
ROUND_SECONDS = 6 * 3600
RETRY_SECONDS = 600

_START = ("", "")

_log = Logger()


class MetadataExpiryCount(Service):
    """Counts at the start and every six hours, and tells each count to ``show``."""

    def __init__(
        self,
        store: MetadataStore,
        reactor: Reactor,
        now: Callable[[], datetime],
        show: Callable[[Expiring], None],
    ) -> None:
        self._store = store
        self._reactor = reactor
        self._now = now
        self._show = show
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
        tally, after = Tally(self._now()), _START
        while True:
            page = await self._store.newest_files(after, PAGE_FILES)
            for file in await deferToThread(_read, page):
                tally.add(file)
                after = file.gun, file.role
            if len(page) < PAGE_FILES:
                break
            await deferLater(self._reactor, PAGE_SECONDS)
        found = tally.finished()
        for due in tally.soon:
            _log.warn(
                "{role} of {gun} expires in {days:.1f} days",
                role=due.role,
                gun=due.gun,
                days=due.days,
            )
        return found


def _read(page: Sequence[tuple[str, StoredFile]]) -> list[Read]:
    return [expiring.read(gun, file) for gun, file in page]
