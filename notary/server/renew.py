"""Renew: replace the timestamp, and a snapshot the server signs, once it has expired.

What is renewed points to the same files; only the signatures and dates are new.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from notary.server import walk
from notary.server.online_keys import KeysMissing, sign
from notary.server.service import MetadataNotFound, Service
from notary.server.walk import Position
from notary.signing.service import SigningRefused, SigningUnavailable
from notary.storage.store import NewFile, VersionExists
from notary.tuf import draft, moment, names, repository
from notary.tuf.errors import Expired
from notary.tuf.metadata import Root, Snapshot, Timestamp, check_expiry


async def renewed(service: Service, gun: str, position: Position) -> Position:
    """Return a position whose timestamp has not expired.

    An expired snapshot is renewed too if the server holds its key; otherwise it stays,
    and its expiry is for the client to judge. Raise ``Expired`` when the root has
    expired, and ``KeysMissing``, ``SigningRefused`` or ``SigningUnavailable`` when
    nobody can sign.
    """
    if position.timestamp is None or position.snapshot is None:
        raise MetadataNotFound
    now = moment.of(service.now())
    timestamp = repository.read_timestamp(position.timestamp.data)
    snapshot = repository.read_snapshot(position.snapshot.data)
    is_snapshot_due = snapshot.expires.is_before(now)
    is_timestamp_due = timestamp.expires.is_before(now)
    if not is_snapshot_due and not is_timestamp_due:
        return position
    file = await walk.find_current(service.store, gun, position, names.ROOT)
    if file is None:
        raise MetadataNotFound
    root = repository.read_root(file.data)
    try:
        files = await _next_snapshot(service, root, snapshot) if is_snapshot_due else []
    except (SigningRefused, SigningUnavailable):
        # The timestamp would only wait for the same signer, for as long again.
        if is_timestamp_due:
            raise
        return position
    if not files and not is_timestamp_due:
        return position
    data = files[0].data if files else position.snapshot.data
    files.append(await _next_timestamp(service, root, timestamp, data))
    return await _store(service, gun, files, position)


async def _next_snapshot(
    service: Service, root: Root, snapshot: Snapshot
) -> list[NewFile]:
    """Return the next snapshot, or nothing if the server lacks its keys."""
    signers = root.roles[names.SNAPSHOT]
    due = draft.next_snapshot(signers, snapshot, snapshot.meta, service.now())
    with _failures_told(service, names.SNAPSHOT):
        try:
            return [await sign(service.signer, due)]
        except KeysMissing:
            return []


async def _next_timestamp(
    service: Service, root: Root, timestamp: Timestamp, snapshot: bytes
) -> NewFile:
    signers, now = root.roles[names.TIMESTAMP], service.now()
    with _failures_told(service, names.TIMESTAMP):
        check_expiry(names.ROOT, root.expires, moment.of(now))
        due = draft.next_timestamp(signers, timestamp, snapshot, now)
        return await sign(service.signer, due)


async def _store(
    service: Service, gun: str, files: list[NewFile], position: Position
) -> Position:
    """Store the renewed files; whoever loses the race serves the winner's."""
    outcome = "failed"
    try:
        await service.store.publish(gun, files, position.base, service.now())
        outcome = "stored"
    except VersionExists:
        outcome = "overtaken"
    finally:
        for file in files:
            service.renewing(file.role, outcome)
    return await walk.find_position(service.store, gun)


@contextmanager
def _failures_told(service: Service, role: str) -> Iterator[None]:
    try:
        yield
    except Expired:
        service.renewing(role, "root_expired")
        raise
    except (KeysMissing, SigningRefused, SigningUnavailable):
        service.renewing(role, "failed")
        raise
