"""Publish: check an upload, make what the server makes, and store all of it or nothing.

Two publishes to one repository may be checked at the same time, but both build upon the
timestamp they read, and the store accepts only one successor of it.
"""

from collections.abc import Mapping, Sequence

from attrs import frozen

from notary.server import walk
from notary.server.online_keys import KeysMissing, sign
from notary.server.service import Service
from notary.server.walk import Position
from notary.storage.store import NewFile
from notary.tuf import repository, update
from notary.tuf.draft import Draft
from notary.tuf.envelope import Upload
from notary.tuf.errors import InvalidMetadata, InvalidUpdate
from notary.tuf.repository import Current
from notary.tuf.update import Update


@frozen
class Published:
    """The timestamp that made an upload current."""

    version: int
    sha256: str


async def publish(
    service: Service, gun: str, uploads: Mapping[str, Upload]
) -> Published:
    """Store the uploads with a new timestamp.

    Raise ``InvalidUpdate`` when a rule is broken, ``VersionExists`` when another
    publish was first, ``StorageError`` or ``SigningUnavailable`` when the service
    is at fault.
    """
    position, current = await _load(service, gun, uploads)
    wanted = repository.hashes_to_find(uploads, current.snapshot)
    found = await service.store.present(gun, wanted) if wanted else set()
    accepted = update.check_update(gun, current, found, uploads, service.now())
    files = await _sign(service, accepted)
    await service.store.publish(gun, files, position.base, accepted.now)
    return Published(files[-1].version, files[-1].sha256)


async def _load(
    service: Service, gun: str, uploads: Mapping[str, Upload]
) -> tuple[Position, Current]:
    try:
        position = await walk.find_position(service.store, gun)
        return position, await walk.load_current(service.store, gun, position, uploads)
    except InvalidMetadata as error:
        raise InvalidUpdate(update.UNREADABLE, str(error)) from None


async def _sign(service: Service, accepted: Update) -> Sequence[NewFile]:
    """Return all files to store, the server's own last."""
    files = [
        NewFile.of(file.role, file.version, file.data) for file in accepted.uploaded
    ]
    if not accepted.has_snapshot:
        snapshot = accepted.next_snapshot()
        files.append(await _signed(service, snapshot, update.snapshot_needed()))
    timestamp = accepted.next_timestamp(files[-1].data)
    files.append(await _signed(service, timestamp, update.timestamp_key_needed()))
    return files


async def _signed(service: Service, draft: Draft, failure: InvalidUpdate) -> NewFile:
    try:
        return await sign(service.signer, draft)
    except KeysMissing:
        raise failure from None
