"""Finding which current metadata expires soon, file by file, a repository at a time.

The newest file of a role is current if the newest snapshot lists it; those of removed
delegations stay stored, and are not counted. Where files come from, and how fast, is
left to ``notary.ops.metadata_expiry``.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from attrs import frozen

from notary.ops.metrics_expiry import DELEGATION, WITHIN_DAYS, Expiring
from notary.server.backlog import Due
from notary.storage.store import StoredFile
from notary.tuf import envelope, metadata, moment, names, renewal
from notary.tuf.errors import InvalidMetadata
from notary.tuf.moment import Moment

SOON_DAYS = 7
MAX_SOON = 100

_DAY = 24 * 3600 * 1_000_000_000


@frozen
class Read:
    """What counts of one file: when it expires, and the checksums that it lists.

    ``expires`` is ``None`` if it cannot be read.
    """

    gun: str
    role: str
    sha256: str
    created_at: datetime
    expires: Moment | None
    listed: frozenset[str] = frozenset()


def read(gun: str, file: StoredFile) -> Read:
    """Return what counts of a stored file, whatever is in it."""
    try:
        signed = envelope.parse_stored(file.data).signed
        expires = moment.parse(str(_members(signed).get("expires")))
        listed = frozenset[str]()
        if file.role == names.SNAPSHOT:
            meta = metadata.parse_snapshot(signed).meta
            listed = frozenset(each.sha256 for each in meta.values())
    except (InvalidMetadata, ValueError):
        return Read(gun, file.role, file.sha256, file.created_at, None)
    return Read(gun, file.role, file.sha256, file.created_at, expires, listed)


@frozen
class Soon:
    """A file that only its owner can sign anew, and should within so many days."""

    gun: str
    role: str
    days: float


class Tally:
    """Counts files, which have to come repository by repository.

    ``soon`` are those that their owners must renew, the first hundred of them;
    ``taken`` returns the timestamps that the server must. Of the timestamps that are
    not due, the first one expires at ``first_expiry``; those that are ``stuck`` below
    a root that has expired are only counted. ``damaged`` are GUN and role of files
    whose date cannot be read, the first hundred of them.
    """

    def __init__(
        self, now: datetime, after_percent: int = renewal.ONLY_EXPIRED
    ) -> None:
        self._now = now
        self._moment = moment.of(now)
        self._after_percent = after_percent
        self._counts: Counter[tuple[str, int]] = Counter()
        self._unreadable = 0
        self.damaged: list[tuple[str, str]] = []
        self._repository: list[Read] = []
        self._due: list[Due] = []
        self.soon: list[Soon] = []
        self.stuck = 0
        self.first_expiry: int | None = None

    def add(self, file: Read) -> None:
        """Take note of one more file."""
        if self._repository and self._repository[0].gun != file.gun:
            self._count_repository()
        self._repository.append(file)

    def finished(self) -> Expiring:
        """Return the counts, with every file that was added."""
        self._count_repository()
        return Expiring(dict(self._counts), self._unreadable, self._now.timestamp())

    def taken(self) -> list[Due]:
        """Return what was found to be due since this was asked last."""
        due, self._due = self._due, []
        return due

    def _count_repository(self) -> None:
        files, self._repository = self._repository, []
        listed = {checksum for file in files for checksum in file.listed}
        leading = (names.SNAPSHOT, names.TIMESTAMP)
        current = {
            file.role: file
            for file in files
            if file.role in leading or file.sha256 in listed
        }
        for file in current.values():
            self._count(file)
        self._look_at_timestamp(current)

    def _look_at_timestamp(self, current: Mapping[str, Read]) -> None:
        timestamp, root = current.get(names.TIMESTAMP), current.get(names.ROOT)
        if timestamp is None or root is None:
            return
        expires, created_at = timestamp.expires, timestamp.created_at
        if expires is None or root.expires is None:
            return
        if not renewal.is_due(created_at, expires, self._after_percent, self._moment):
            if self._moment.is_before(expires):
                first = self.first_expiry or expires.nanoseconds
                self.first_expiry = min(first, expires.nanoseconds)
        elif root.expires.is_before(self._moment):
            self.stuck += 1
        else:
            due = Due(timestamp.gun, timestamp.sha256, expires.nanoseconds)
            self._due.append(due)

    def _count(self, file: Read) -> None:
        if file.expires is None:
            self._unreadable += 1
            if len(self.damaged) < MAX_SOON:
                self.damaged.append((file.gun, file.role))
            return
        role = file.role if file.role in names.BASE_ROLES else DELEGATION
        left = file.expires.nanoseconds - self._moment.nanoseconds
        owned = file.role not in (names.SNAPSHOT, names.TIMESTAMP)
        if owned and 0 < left <= SOON_DAYS * _DAY and len(self.soon) < MAX_SOON:
            self.soon.append(Soon(file.gun, file.role, left / _DAY))
        for days in WITHIN_DAYS:
            if left <= days * _DAY:
                self._counts[role, days] += 1


def _members(signed: object) -> dict[str, object]:
    return signed if isinstance(signed, dict) else {}
