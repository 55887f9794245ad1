"""The walk from the newest timestamp to every other current file.

A timestamp names one snapshot by its hash and a snapshot one file for each role, so
whoever starts at one timestamp sees one state that was published as a whole.
"""

from collections.abc import Mapping

from attrs import frozen

from notary.server.files import Files, Known
from notary.tuf import names, repository
from notary.tuf.envelope import Upload
from notary.tuf.repository import Current


@frozen
class Position:
    """The two files that lead to all others, as far as they are stored."""

    timestamp: Known | None
    snapshot: Known | None

    @property
    def base(self) -> str | None:
        """The sha256 of the timestamp: the state that a publish builds upon."""
        return None if self.timestamp is None else self.timestamp.file.sha256


async def find_position(files: Files, gun: str) -> Position:
    """Return the newest timestamp and its snapshot; raise ``InvalidMetadata``."""
    return await position_at(files, gun, await files.newest(gun))


async def position_at(files: Files, gun: str, timestamp: Known | None) -> Position:
    """Return this timestamp and its snapshot; raise ``InvalidMetadata``."""
    if timestamp is None:
        return Position(None, None)
    listed = timestamp.timestamp.snapshot
    return Position(timestamp, await files.find(gun, names.SNAPSHOT, listed.sha256))


async def find_current(
    files: Files, gun: str, position: Position, role: str
) -> Known | None:
    """Return the file that the snapshot lists for a role; raise ``InvalidMetadata``."""
    if position.snapshot is None:
        return None
    listed = position.snapshot.snapshot.meta.get(role)
    return None if listed is None else await files.find(gun, role, listed.sha256)


async def load_current(
    files: Files, gun: str, position: Position, uploads: Mapping[str, Upload]
) -> Current:
    """Return what checking the uploads needs of what is stored.

    A timestamp whose snapshot is lost counts as a repository without files.
    """
    if position.timestamp is None:
        return Current()
    timestamp = position.timestamp.timestamp
    if position.snapshot is None:
        return Current(timestamp)
    snapshot = position.snapshot.snapshot
    wanted = repository.files_to_load(uploads, snapshot)
    found = await files.find_all(gun, wanted)
    loaded = {role: known.meaning for role, known in found.items()}
    return Current(timestamp, snapshot, loaded)
