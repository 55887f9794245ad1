"""Serve: find the file a client asks for, renewing what the server signed and expired.

The bytes are what was published. Only a timestamp that has expired, or a snapshot whose
key the server holds, is replaced by a fresh one before it is served.
"""

from notary.server import walk
from notary.server.renew import renewed
from notary.server.service import MetadataNotFound, Service
from notary.storage.store import StoredFile
from notary.tuf import names


async def current(service: Service, gun: str, role: str) -> StoredFile:
    """Return the current file of the role; raise ``MetadataNotFound``."""
    position = await walk.find_position(service.store, gun)
    if role not in (names.TIMESTAMP, names.SNAPSHOT):
        return _found(await walk.find_current(service.store, gun, position, role))
    position = await renewed(service, gun, position)
    is_timestamp = role == names.TIMESTAMP
    return _found(position.timestamp if is_timestamp else position.snapshot)


async def by_checksum(service: Service, gun: str, role: str, sha256: str) -> StoredFile:
    """Return the file of the role with this checksum; raise ``MetadataNotFound``."""
    return _found(await walk.find_file(service.store, gun, role, sha256))


async def by_version(service: Service, gun: str, role: str, version: int) -> StoredFile:
    """Return the file of the role with this version; raise ``MetadataNotFound``."""
    return _found(await service.store.with_version(gun, role, version))


def _found(file: StoredFile | None) -> StoredFile:
    if file is None:
        raise MetadataNotFound
    return file
