"""Publish: check an upload, make what the server makes, and store all of it or nothing.

Two publishes to one repository may be checked at the same time, but both build upon the
timestamp they read, and the store accepts only one successor of it. If that was made
by a renewal, which changes nothing that a publisher could have meant, the loser builds
upon it instead.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from attrs import frozen

from notary.server import walk
from notary.server.online_keys import KeysMissing, sign
from notary.server.service import Service
from notary.server.walk import Position
from notary.storage.store import NewFile, VersionExists
from notary.tuf import repository, update
from notary.tuf.draft import Draft
from notary.tuf.envelope import Upload
from notary.tuf.errors import InvalidMetadata, InvalidUpdate
from notary.tuf.repository import Current
from notary.tuf.update import Update

MAX_RENEWALS = 2
"""So many may come in between; in all of a timestamp's life there is usually one."""

SIGNATURE_BYTES = 2048
"""To verify one signature takes as long as to check so much of a file."""


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
    for _ in range(MAX_RENEWALS):
        try:
            return await _publish_upon(service, gun, uploads, position, current)
        except VersionExists:
            before = current
            position, current = await _load(service, gun, uploads)
            if not _is_renewal(before, current):
                raise
    return await _publish_upon(service, gun, uploads, position, current)


async def _publish_upon(
    service: Service,
    gun: str,
    uploads: Mapping[str, Upload],
    position: Position,
    current: Current,
) -> Published:
    size = sum(map(_size, uploads.values()))
    find = partial(repository.hashes_to_find, uploads, current.snapshot)
    wanted = await service.aside.do(size, find)
    found = await service.store.present(gun, wanted) if wanted else set()
    now = service.now()
    check = partial(update.check_update, gun, current, found, uploads, now)
    accepted = await service.aside.do(size, check)
    files = await _sign(service, accepted)
    await service.store_all(gun, files, position.base, accepted.now)
    return Published(files[-1].version, files[-1].sha256)


def _is_renewal(before: Current, after: Current) -> bool:
    """Tell whether there is another timestamp now, but over the same files."""
    return (
        before.snapshot is not None
        and after.snapshot is not None
        and before.timestamp != after.timestamp
        and before.snapshot.meta == after.snapshot.meta
    )


def _size(upload: Upload) -> int:
    """Return how large an upload is, as far as the time to check it is concerned."""
    envelope = upload.envelope
    count = 0 if envelope is None else len(envelope.signatures)
    return len(upload.data) + count * SIGNATURE_BYTES


async def _load(
    service: Service, gun: str, uploads: Mapping[str, Upload]
) -> tuple[Position, Current]:
    try:
        position = await walk.find_position(service.files, gun)
        return position, await walk.load_current(service.files, gun, position, uploads)
    except InvalidMetadata as error:
        raise InvalidUpdate(update.UNREADABLE, str(error)) from None


async def _sign(service: Service, accepted: Update) -> Sequence[NewFile]:
    """Return all files to store, the server's own last."""
    files = [
        NewFile(file.role, file.version, file.data, file.meta.sha256)
        for file in accepted.uploaded
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
