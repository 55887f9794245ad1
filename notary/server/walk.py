"""The walk from the newest timestamp to every other current file.

A timestamp names one snapshot by its hash and a snapshot one file for each role, so
whoever starts at one timestamp sees one state that was published as a whole.
"""

from collections.abc import Mapping

from attrs import frozen

from notary.storage.store import MetadataStore, StoredFile
from notary.tuf import names, repository
from notary.tuf.envelope import Upload
from notary.tuf.repository import Current


@frozen
class Position:
    """The two files that lead to all others, as far as they are stored."""

    timestamp: StoredFile | None
    snapshot: StoredFile | None

    @property
    def base(self) -> str | None:
        """The sha256 of the timestamp: the state that a publish builds upon."""
        return None if self.timestamp is None else self.timestamp.sha256


async def find_position(store: MetadataStore, gun: str) -> Position:
    """Return the newest timestamp and its snapshot; raise ``InvalidMetadata``."""
    timestamp = await store.newest(gun, names.TIMESTAMP)
    if timestamp is None:
        return Position(None, None)
    listed = repository.read_timestamp(timestamp.data).snapshot
    snapshot = await find_file(store, gun, names.SNAPSHOT, listed.sha256)
    return Position(timestamp, snapshot)


async def find_file(
    store: MetadataStore, gun: str, role: str, sha256: str
) -> StoredFile | None:
    """Return the one file of the role with this checksum."""
    return (await store.with_checksums(gun, {role: sha256})).get(role)


async def find_current(
    store: MetadataStore, gun: str, position: Position, role: str
) -> StoredFile | None:
    """Return the file that the snapshot lists for a role; raise ``InvalidMetadata``."""
    if position.snapshot is None:
        return None
    listed = repository.read_snapshot(position.snapshot.data).meta
    if role not in listed:
        return None
    return await find_file(store, gun, role, listed[role].sha256)


async def load_current(
    store: MetadataStore, gun: str, position: Position, uploads: Mapping[str, Upload]
) -> Current:
    """Return what checking the uploads needs of what is stored.

    A timestamp whose snapshot is lost counts as a repository without files.
    """
    if position.timestamp is None:
        return Current()
    timestamp = repository.read_timestamp(position.timestamp.data)
    if position.snapshot is None:
        return Current(timestamp)
    snapshot = repository.read_snapshot(position.snapshot.data)
    wanted = repository.files_to_load(uploads, snapshot)
    found = await store.with_checksums(gun, wanted)
    files = {role: file.data for role, file in found.items()}
    return Current(timestamp, snapshot, files)
