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
    if role == names.TIMESTAMP and timestamp and _is_quiet(service, timestamp):
        return timestamp.file
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


def _is_quiet(service: Service, timestamp: Known) -> bool:
    """Tell whether there is nothing to renew, which was found out at another read."""
    return service.now() <= timestamp.quiet_until


def _found(known: Known | None) -> StoredFile:
    if known is None:
        raise MetadataNotFound
    return known.file
