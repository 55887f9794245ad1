"""The storage seam: what the workflows may ask of a metadata store.

Rows are immutable: a file is inserted once and later only deleted with its
whole repository. Deciding what to store is left to ``notary.tuf``; this seam
only promises that what is decided on stale facts is refused.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from attrs import field, frozen

Place = tuple[str, str, str]
"""Where a file is found: GUN, role and sha256."""


class StorageError(Exception):
    """The store could not answer; the request may be repeated later."""


class VersionExists(Exception):
    """Another publish got there first: nothing of this one was stored."""


@frozen
class StoredFile:
    """One role file as it was uploaded or signed, byte for byte.

    ``sha256`` is the lower-case hex digest of ``data``; ``created_at`` is
    aware and in UTC.
    """

    role: str
    version: int
    data: bytes = field(repr=False)
    sha256: str
    created_at: datetime


@frozen
class NewFile:
    """One role file to be stored by a publish, with its sha256 in lower-case hex."""

    role: str
    version: int
    data: bytes = field(repr=False)
    sha256: str

    @classmethod
    def of(cls, role: str, version: int, data: bytes) -> "NewFile":
        """Return the file with the checksum of its bytes."""
        return cls(role, version, data, hashlib.sha256(data).hexdigest())


@frozen
class Change:
    """One record of the changefeed; a deletion has version 0 and no sha256."""

    id: int
    created_at: datetime
    gun: str
    version: int
    sha256: str
    category: str


class MetadataStore(Protocol):
    """Role files of many repositories, each named by its GUN.

    GUNs, roles and checksums are compared byte for byte. Every method may
    raise ``StorageError``.
    """

    async def newest_timestamps(self, guns: Mapping[str, int]) -> dict[str, str]:
        """Return the sha256 of the newest timestamp of each GUN that has one.

        ``guns`` maps each to the version that it had when it was last asked for, or 0.
        Whatever that says, what is returned is true; if it is right, it comes sooner.
        """

    async def newest_of(
        self, roles: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], StoredFile]:
        """Return the newest file of each GUN and role that has one."""

    async def find(self, places: Collection[Place]) -> dict[Place, StoredFile]:
        """Return the files found, of any number of GUNs."""

    async def stored(self, places: Collection[Place]) -> set[Place]:
        """Return the places at which there is a file."""

    async def with_version(
        self, gun: str, role: str, version: int
    ) -> StoredFile | None:
        """Return the file of the role with exactly this version."""

    async def present(self, gun: str, wanted: Mapping[str, str]) -> set[str]:
        """Return the roles whose file is stored; ``wanted`` maps role to sha256."""

    async def newest_files(
        self, after: tuple[str, str], limit: int
    ) -> list[tuple[str, StoredFile]]:
        """Return the file with the highest version of each role, with its GUN.

        At most ``limit`` of them, by GUN and role in an order of the store's own, the
        first after the GUN and role ``after``; what is before all is two empty names.
        MySQL takes names that differ only by case or trailing spaces for one.
        """

    async def publish(
        self, gun: str, files: Sequence[NewFile], base: str | None, now: datetime
    ) -> None:
        """Store all files and one change record for their timestamp, or nothing.

        ``base`` is the sha256 of the timestamp on which the update was decided
        (``None``: there was none). Raise ``VersionExists`` when that is no
        longer the newest timestamp, or when any role already has a version
        as high as the one to be stored.
        """

    async def delete(self, gun: str, now: datetime) -> bool:
        """Remove every file of exactly this GUN; tell whether there were any.

        One change record of category ``deletion`` is added if there were.
        """

    async def changes(
        self,
        gun: str | None,
        limit: int,
        *,
        after: int | None = None,
        before: int | None = None,
    ) -> list[Change]:
        """Return at most ``limit`` changes of one GUN or of all, oldest first.

        With ``after``: the oldest changes with a greater id. Otherwise the newest
        changes, with an id less than ``before`` if that is given.
        """
