"""A metadata store that forgets everything when the process ends.

Its methods never wait, so on one reactor each of them is a transaction.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from heapq import nsmallest
from itertools import islice

from notary.storage.limits import check_storable
from notary.storage.store import Change, NewFile, Place, StoredFile, VersionExists
from notary.tuf.names import TIMESTAMP


class _Role:
    """The files of one role, by version in ascending order and by checksum."""

    def __init__(self) -> None:
        self.by_version: dict[int, StoredFile] = {}
        self.by_checksum: dict[str, StoredFile] = {}

    def newest(self) -> StoredFile | None:
        return next(reversed(self.by_version.values()), None)

    def add(self, file: StoredFile) -> None:
        self.by_version[file.version] = file
        self.by_checksum.setdefault(file.sha256, file)


class MemoryStore:
    """A ``MetadataStore`` in memory."""

    def __init__(self) -> None:
        self._guns: dict[str, dict[str, _Role]] = {}
        self._changes: list[Change] = []

    async def newest_timestamps(self, guns: Mapping[str, int]) -> dict[str, str]:
        """Return the sha256 of the newest timestamp of each GUN that has one."""
        found = ((gun, self._role(gun, TIMESTAMP).newest()) for gun in guns)
        return {gun: file.sha256 for gun, file in found if file is not None}

    async def newest_of(
        self, roles: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], StoredFile]:
        """Return the newest file of each GUN and role that has one."""
        found = ((names, self._role(*names).newest()) for names in roles)
        return {names: file for names, file in found if file is not None}

    async def find(self, places: Collection[Place]) -> dict[Place, StoredFile]:
        """Return the files found, of any number of GUNs."""
        found = {}
        for gun, role, sha256 in places:
            file = self._role(gun, role).by_checksum.get(sha256)
            if file is not None:
                found[gun, role, sha256] = file
        return found

    async def stored(self, places: Collection[Place]) -> set[Place]:
        """Return the places at which there is a file."""
        return set(await self.find(places))

    async def with_version(
        self, gun: str, role: str, version: int
    ) -> StoredFile | None:
        """Return the file of the role with exactly this version."""
        return self._role(gun, role).by_version.get(version)

    async def present(self, gun: str, wanted: Mapping[str, str]) -> set[str]:
        """Return the roles whose file is stored; ``wanted`` maps role to sha256."""
        places = [(gun, role, sha256) for role, sha256 in wanted.items()]
        return {role for _, role, _ in await self.find(places)}

    async def newest_files(
        self, after: tuple[str, str], limit: int
    ) -> list[tuple[str, StoredFile]]:
        """Return the file with the highest version of each role, with its GUN."""
        places = (
            (gun, role)
            for gun, roles in self._guns.items()
            for role in roles
            if (gun, role) > after
        )
        found = ((gun, self._role(gun, role)) for gun, role in nsmallest(limit, places))
        return [(gun, file) for gun, role in found if (file := role.newest())]

    async def publish(
        self, gun: str, files: Sequence[NewFile], base: str | None, now: datetime
    ) -> None:
        """Store all files and the change of their timestamp, or nothing."""
        check_storable(gun, files)
        self._check_current(gun, files, base)
        roles = self._guns.setdefault(gun, {})
        for new in sorted(files, key=lambda file: file.version):
            stored = StoredFile(new.role, new.version, new.data, new.sha256, now)
            roles.setdefault(new.role, _Role()).add(stored)
            if new.role == TIMESTAMP:
                self._record(now, gun, new.version, new.sha256, "update")

    async def delete(self, gun: str, now: datetime) -> bool:
        """Remove every file of exactly this GUN; tell whether there were any."""
        if self._guns.pop(gun, None) is None:
            return False
        self._record(now, gun, 0, "", "deletion")
        return True

    async def changes(
        self,
        gun: str | None,
        limit: int,
        *,
        after: int | None = None,
        before: int | None = None,
    ) -> list[Change]:
        """Return at most ``limit`` changes of one GUN or of all, oldest first."""
        limit = min(max(limit, 0), len(self._changes))
        if after is not None:
            oldest = (change for change in self._changes if change.id > after)
            return list(islice(_of(gun, oldest), limit))
        newest = (
            change
            for change in reversed(self._changes)
            if before is None or change.id < before
        )
        return list(islice(_of(gun, newest), limit))[::-1]

    def _role(self, gun: str, role: str) -> _Role:
        return self._guns.get(gun, {}).get(role) or _Role()

    def _check_current(
        self, gun: str, files: Sequence[NewFile], base: str | None
    ) -> None:
        timestamp = self._role(gun, TIMESTAMP).newest()
        if (timestamp.sha256 if timestamp else None) != base:
            raise VersionExists("the update was decided on an older timestamp")
        if len({(file.role, file.version) for file in files}) < len(files):
            raise VersionExists("one version of a role is given twice")
        for file in files:
            newest = self._role(gun, file.role).newest()
            if newest is not None and newest.version >= file.version:
                raise VersionExists(f"{file.role} has version {newest.version}")

    def _record(
        self, now: datetime, gun: str, version: int, sha256: str, category: str
    ) -> None:
        # Nothing is ever taken from the feed, so ids are positions.
        number = len(self._changes) + 1
        self._changes.append(Change(number, now, gun, version, sha256, category))


def _of(gun: str | None, changes: Iterable[Change]) -> Iterable[Change]:
    return (change for change in changes if gun is None or change.gun == gun)
