"""Serve: find the file a client asks for, renewing what the server signed and expired.

The bytes are what was published. Only a timestamp that has expired, or a snapshot whose
key the server holds, is replaced by a fresh one before it is served.
"""

from notary.server import walk
from notary.server.files import Known
from notary.server.renew import renewed
from notary.server.service import MetadataNotFound, Service
from notary.storage.store import StoredFile
from notary.tuf import names


async def current(service: Service, gun: str, role: str) -> StoredFile:
    """Return the current file of the role; raise ``MetadataNotFound``."""
    return await as_of(service, gun, role, await service.files.newest_checksum(gun))


async def as_of(
    service: Service, gun: str, role: str, sha256: str | None
) -> StoredFile:
    """Return the file of the role that belongs to this newest timestamp."""
    known = at_hand(service, gun, role, sha256)
    if known is not None:
        return known
    timestamp = None if sha256 is None else await service.files.timestamp(gun, sha256)
    position = await walk.position_at(service.files, gun, timestamp)
    if role not in (names.TIMESTAMP, names.SNAPSHOT):
        return _found(await walk.find_current(service.files, gun, position, role))
    position = await renewed(service, gun, position)
    is_timestamp = role == names.TIMESTAMP
    return _found(position.timestamp if is_timestamp else position.snapshot)


def at_hand(
    service: Service, gun: str, role: str, sha256: str | None
) -> StoredFile | None:
    """Return the same if all that leads to it is in memory and none is due."""
    if sha256 is None:
        raise MetadataNotFound
    timestamp = service.files.remembered(gun, names.TIMESTAMP, sha256)
    # Whether anything is due was found out at another read.
    if timestamp is None or service.now() > timestamp.quiet_until:
        return None
    if role == names.TIMESTAMP:
        return timestamp.file
    listed = timestamp.timestamp.snapshot
    snapshot = service.files.remembered(gun, names.SNAPSHOT, listed.sha256)
    if snapshot is None:
        return None
    if role == names.SNAPSHOT:
        return snapshot.file
    meta = snapshot.snapshot.meta.get(role)
    known = service.files.remembered(gun, role, meta.sha256) if meta else None
    return known.file if known else None


async def by_checksum(service: Service, gun: str, role: str, sha256: str) -> StoredFile:
    """Return the file of the role with this checksum; raise ``MetadataNotFound``."""
    return _found(await service.files.confirmed(gun, role, sha256))


async def by_version(service: Service, gun: str, role: str, version: int) -> StoredFile:
    """Return the file of the role with this version; raise ``MetadataNotFound``."""
    file = await service.store.with_version(gun, role, version)
    if file is None:
        raise MetadataNotFound
    return file


def _found(known: Known | None) -> StoredFile:
    if known is None:
        raise MetadataNotFound
    return known.file
