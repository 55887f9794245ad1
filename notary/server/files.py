"""Every read of metadata: what is current from the database, all else from memory.

What is current is asked for in group reads, at each request anew. All it leads to is
named by checksum and never changes, so it is kept in memory once it was read.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from notary.server.cache import Cache
from notary.server.grouping import Grouping
from notary.server.presence import Presence
from notary.storage.store import MetadataStore, NewFile, Place, StoredFile
from notary.tuf import moment, names
from notary.tuf.metadata import Root, Snapshot, Timestamp
from notary.tuf.repository import RoleFile

FRESH_SECONDS = 1.0
"""How long what the database has said of a file's existence is believed."""

MAX_GUNS = 64
MAX_UNSEEN = 32
MAX_PLACES = 64
MAX_FILES = 64
"""Of a group: the time that parsing a statement takes grows faster than its length."""

_SIGNED_HERE = (names.TIMESTAMP, names.SNAPSHOT)

_OVERHEAD = 1000
_PARSED = {names.TIMESTAMP: 1, names.SNAPSHOT: 1}
_PARSED_OTHERS = 2
"""How many times its bytes the meaning of a file takes: measured, rounded upwards.

A timestamp's and a snapshot's is up to three, but that of most is forgotten.
"""


@define(eq=False)
class Known:
    """One stored file, which is read at most once.

    ``confirmed`` is the time, by the clock of ``Files``, at which a query began that
    found it in the database. Until ``quiet_until`` there is nothing to renew of a
    timestamp nor of what it leads to.
    """

    file: StoredFile
    confirmed: float
    quiet_until: datetime = field(default=moment.FIRST, init=False)
    meaning: RoleFile = field(init=False, repr=False)

    @meaning.default
    def _meaning(self) -> RoleFile:
        return RoleFile(self.file.role, self.file.data)

    def forget_meaning(self) -> None:
        """Keep the bytes only: most reads ask for nothing else."""
        self.meaning = self._meaning()

    @property
    def size(self) -> int:
        """About the bytes of memory that it takes."""
        parsed = _PARSED.get(self.file.role, _PARSED_OTHERS)
        return _OVERHEAD + (1 + parsed) * len(self.file.data)

    @property
    def root(self) -> Root:
        """What it means as a root; raise ``InvalidMetadata``."""
        return self.meaning.root

    @property
    def snapshot(self) -> Snapshot:
        """What it means as a snapshot; raise ``InvalidMetadata``."""
        return self.meaning.snapshot

    @property
    def timestamp(self) -> Timestamp:
        """What it means as a timestamp; raise ``InvalidMetadata``."""
        return self.meaning.timestamp


class Files:
    """The files of all repositories; every method may raise ``StorageError``."""

    def __init__(
        self, store: MetadataStore, clock: IReactorTime, cache: Cache[Known]
    ) -> None:
        self._store = store
        self._clock = clock
        self._cache = cache
        self._newest = Grouping(self._read_newest, clock, MAX_GUNS, gathers=True)
        self._unseen = Grouping(self._read_unseen, clock, MAX_UNSEEN, gathers=True)
        self._stored = Grouping(self._confirm, clock, MAX_PLACES)
        self._found = Grouping(self._load, clock, MAX_FILES)
        self._presence = Presence()
        self._dropped = float("-inf")

    async def newest(self, gun: str) -> Known | None:
        """Return the newest timestamp of the repository as of now."""
        sha256 = await self.newest_checksum(gun)
        return None if sha256 is None else await self.timestamp(gun, sha256)

    def newest_checksum(self, gun: str) -> Deferred[str | None]:
        """Return the sha256 of the newest timestamp of the repository as of now."""
        return (self._newest if gun in self._presence else self._unseen).ask(gun)

    async def timestamp(self, gun: str, sha256: str) -> Known | None:
        """Return the timestamp that was found to be the newest."""
        known = await self.find(gun, names.TIMESTAMP, sha256)
        if known is not None:
            self._see(gun, known.file)
        return known

    async def find(self, gun: str, role: str, sha256: str) -> Known | None:
        """Return a file that current metadata names, from memory or the database."""
        place = (gun, role, sha256)
        return self._cache.get(place) or await self._found.ask(place)

    def remembered(self, gun: str, role: str, sha256: str) -> Known | None:
        """Return a file that current metadata names, if it is in memory."""
        return self._cache.get_if_there((gun, role, sha256))

    async def find_all(self, gun: str, wanted: Mapping[str, str]) -> dict[str, Known]:
        """Return the files found, by role; ``wanted`` maps role to sha256."""
        places = {role: (gun, role, sha256) for role, sha256 in wanted.items()}
        known = {role: self._cache.get(place) for role, place in places.items()}
        lacking = [role for role, one in known.items() if one is None]
        loaded = await self._found.ask_all([places[role] for role in lacking])
        known.update(zip(lacking, loaded, strict=True))
        return {role: one for role, one in known.items() if one is not None}

    def known(self, gun: str, role: str, sha256: str) -> Known | None:
        """Return a file if it is in memory and the database had it a moment ago."""
        place = (gun, role, sha256)
        known = self._cache.peek(place)
        if known is None:
            return None
        past = self._clock.seconds() - FRESH_SECONDS
        seen = known.confirmed
        if seen < past and self._presence.until(gun, seen) < past:
            return None
        return self._cache.get(place)

    async def confirmed(self, gun: str, role: str, sha256: str) -> Known | None:
        """Return a file that the database has now, or had a moment ago."""
        known = self.known(gun, role, sha256)
        if known is not None:
            return known
        place = (gun, role, sha256)
        cached = self._cache.get(place)
        if cached is not None and self._presence.covers(gun, cached.confirmed):
            # The query that others ask anyway tells it, unless something was published.
            await self.newest_checksum(gun)
            known = self.known(gun, role, sha256)
            if known is not None:
                return known
        if self._cache.peek(place) and not await self._stored.ask(place):
            return None
        # What was deleted here meanwhile has left the memory, and is asked for anew.
        return self._cache.peek(place) or await self._found.ask(place)

    def seconds(self) -> float:
        """Return the time by the clock of ``Known.confirmed``."""
        return self._clock.seconds()

    def add(
        self, gun: str, files: Sequence[NewFile], created_at: datetime, begun: float
    ) -> None:
        """Remember what was published by a call that began at a time of ``seconds``."""
        for new in files:
            file = StoredFile(new.role, new.version, new.data, new.sha256, created_at)
            self._keep((gun, new.role, new.sha256), Known(file, begun))
            if new.role == names.TIMESTAMP:
                self._see(gun, file)

    def drop(self, gun: str) -> None:
        """Forget a repository that was just deleted, also what is being read of it."""
        self._dropped = self._clock.seconds()
        self._forget(gun)

    def _forget(self, gun: str) -> None:
        self._cache.drop(gun)
        self._presence.forget(gun)

    def _see(self, gun: str, file: StoredFile) -> None:
        self._presence.see(gun, file.sha256, file.version, self._clock.seconds())

    def _keep(self, place: Place, known: Known) -> None:
        # What was read before something was deleted here may be just that.
        if known.confirmed > self._dropped:
            self._cache.put(place, known)

    async def _read_newest(self, guns: Sequence[str]) -> Mapping[str, str]:
        begun = self._clock.seconds()
        seen = {gun: self._presence.version(gun) for gun in guns}
        found = await self._store.newest_timestamps(seen)
        now = self._clock.seconds()
        for gun, sha256 in found.items():
            if self._presence.confirm(gun, sha256, begun, now):
                known = self._cache.peek((gun, names.TIMESTAMP, sha256))
                if known is not None:
                    self._see(gun, known.file)
        return self._forget_others(guns, found)

    async def _read_unseen(self, guns: Sequence[str]) -> Mapping[str, str]:
        """Read the newest timestamps, and what they most probably lead to."""
        begun = self._clock.seconds()
        roles = [(gun, role) for gun in guns for role in _SIGNED_HERE]
        found = await self._store.newest_of(roles)
        for (gun, role), file in found.items():
            self._keep((gun, role, file.sha256), Known(file, begun))
            if role == names.TIMESTAMP:
                self._see(gun, file)
        timestamps = ((gun, found.get((gun, names.TIMESTAMP))) for gun in guns)
        sha256s = {gun: file.sha256 for gun, file in timestamps if file is not None}
        return self._forget_others(guns, sha256s)

    def _forget_others(
        self, guns: Sequence[str], found: Mapping[str, str]
    ) -> Mapping[str, str]:
        """Forget all of the repositories that were not found."""
        for gun in guns:
            if gun not in found:
                self._forget(gun)
        return found

    async def _confirm(self, places: Sequence[Place]) -> Mapping[Place, bool]:
        begun = self._clock.seconds()
        stored = await self._store.stored(places)
        for place in places:
            if place not in stored:
                self._cache.remove(place)
            elif known := self._cache.peek(place):
                known.confirmed = begun
        return dict.fromkeys(stored, True)

    async def _load(self, places: Sequence[Place]) -> Mapping[Place, Known]:
        begun = self._clock.seconds()
        files = await self._store.find(places)
        found = {place: Known(file, begun) for place, file in files.items()}
        for place, known in found.items():
            self._keep(place, known)
        return found
