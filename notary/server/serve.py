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
    timestamp = await service.files.newest(gun)
    at_hand = _at_hand(service, gun, role, timestamp) if timestamp else None
    if at_hand is not None:
        return at_hand.file
    position = await walk.position_at(service.files, gun, timestamp)
    if role not in (names.TIMESTAMP, names.SNAPSHOT):
        return _found(await walk.find_current(service.files, gun, position, role))
    position = await renewed(service, gun, position)
    is_timestamp = role == names.TIMESTAMP
    return _found(position.timestamp if is_timestamp else position.snapshot)


async def by_checksum(service: Service, gun: str, role: str, sha256: str) -> StoredFile:
    """Return the file of the role with this checksum; raise ``MetadataNotFound``."""
    return _found(await service.files.confirmed(gun, role, sha256))


async def by_version(service: Service, gun: str, role: str, version: int) -> StoredFile:
    """Return the file of the role with this version; raise ``MetadataNotFound``."""
    file = await service.store.with_version(gun, role, version)
    if file is None:
        raise MetadataNotFound
    return file


def _at_hand(service: Service, gun: str, role: str, timestamp: Known) -> Known | None:
    """Return the current file if all that leads to it is in memory and none is due."""
    # Whether anything is due was found out at another read.
    if service.now() > timestamp.quiet_until:
        return None
    if role == names.TIMESTAMP:
        return timestamp
    listed = timestamp.timestamp.snapshot
    snapshot = service.files.remembered(gun, names.SNAPSHOT, listed.sha256)
    if snapshot is None or role == names.SNAPSHOT:
        return snapshot
    meta = snapshot.snapshot.meta.get(role)
    return service.files.remembered(gun, role, meta.sha256) if meta else None


def _found(known: Known | None) -> StoredFile:
    if known is None:
        raise MetadataNotFound
    return known.file
