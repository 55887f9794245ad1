"""Renew: replace the timestamp, and a snapshot the server signs, before it expires.

What is renewed points to the same files; only the signatures and dates are new. What
is due is served as it is, and renewed by whoever takes it from the backlog; only for
what has expired does a reader wait.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from notary.server import walk
from notary.server.backlog import Due
from notary.server.files import Known
from notary.server.online_keys import KeysMissing, sign
from notary.server.service import MetadataNotFound, Service
from notary.server.walk import Position
from notary.signing.service import SigningRefused, SigningUnavailable
from notary.storage.store import NewFile, StorageError, VersionExists
from notary.tuf import draft, moment, names, renewal
from notary.tuf.errors import Expired, InvalidMetadata
from notary.tuf.metadata import Root, Snapshot, Timestamp, check_expiry
from notary.tuf.moment import Moment

NO_USE_SECONDS = 3600
NO_KEYS_SECONDS = 10
UNAVAILABLE_SECONDS = 1
"""How long what has just failed is not tried again, by the kind of failure."""

_FAILURES = (
    InvalidMetadata,
    KeysMissing,
    SigningRefused,
    SigningUnavailable,
    StorageError,
)


async def renewed(service: Service, gun: str, position: Position) -> Position:
    """Return a position whose timestamp has not expired.

    An expired snapshot is renewed too if that is possible; otherwise it stays, and its
    expiry is for the client to judge. Raise ``Expired`` when the root has
    expired, and ``KeysMissing``, ``SigningRefused``, ``SigningUnavailable`` or
    ``StorageError`` when nobody can sign or store.
    """
    timestamp, snapshot = _both(position)
    now = moment.of(service.now())
    is_expired = timestamp.timestamp.expires.is_before(now)
    if not is_expired and not snapshot.snapshot.expires.is_before(now):
        if _is_due(service, timestamp, timestamp.timestamp.expires, now):
            _let_wait(service, gun, timestamp, now)
        elif timestamp.quiet_until == moment.FIRST:
            timestamp.quiet_until = _quiet_until(service, timestamp, snapshot)
            timestamp.forget_meaning()
            snapshot.forget_meaning()
        return position
    base, work = timestamp.file.sha256, partial(_renew, service, gun)
    if not is_expired and service.renewals.has_failed(gun, base):
        service.renewals.begin(gun, base, work, _rest_seconds)
        return position
    try:
        await service.renewals.together(gun, base, work, _rest_seconds)
    except _FAILURES:
        if is_expired:
            raise
        return position
    return await walk.find_position(service.files, gun)


async def renew_due(service: Service, due: Due) -> bool:
    """Renew what waited for that; tell whether it still had to be."""
    work = partial(_renew, service, due.gun)
    return await service.renewals.together(due.gun, due.sha256, work, _rest_seconds)


def _quiet_until(service: Service, timestamp: Known, snapshot: Known) -> datetime:
    """Return until when nothing of the two is due."""
    expires = timestamp.timestamp.expires
    due = renewal.due_at(
        timestamp.file.created_at, expires, service.renew_after_percent
    )
    return moment.time_of(
        min(due, expires.nanoseconds, snapshot.snapshot.expires.nanoseconds)
    )


def _let_wait(service: Service, gun: str, timestamp: Known, now: Moment) -> None:
    renewals, sha256 = service.renewals, timestamp.file.sha256
    if gun not in renewals.backlog and renewals.may_try(gun, sha256):
        due = Due(gun, sha256, timestamp.timestamp.expires.nanoseconds)
        renewals.backlog.add(due, now.nanoseconds)


async def _renew(service: Service, gun: str) -> bool:
    """Sign anew what is due as of now; tell whether there was anything."""
    position = await walk.find_position(service.files, gun)
    (timestamp, snapshot), now = _both(position), moment.of(service.now())
    old, listed = timestamp.timestamp, snapshot.snapshot
    is_due = _is_due(service, timestamp, old.expires, now)
    if not is_due and not listed.expires.is_before(now):
        return False
    root = await _current_root(service, gun, position, now)
    files, data = [], snapshot.file.data
    if _is_due(service, snapshot, listed.expires, now):
        files = await _next_snapshot(service, root, listed)
    if files:
        data = files[0].data
    elif not is_due:
        raise KeysMissing(names.SNAPSHOT)
    files.append(await _next_timestamp(service, root, old, data))
    await _store(service, gun, files, position)
    return True


def _both(position: Position) -> tuple[Known, Known]:
    if position.timestamp is None or position.snapshot is None:
        raise MetadataNotFound
    return position.timestamp, position.snapshot


def _is_due(service: Service, known: Known, expires: Moment, now: Moment) -> bool:
    """Tell whether a file has expired, or enough of its life is over."""
    created_at, percent = known.file.created_at, service.renew_after_percent
    return expires.is_before(now) or renewal.is_due(created_at, expires, percent, now)


async def _current_root(
    service: Service, gun: str, position: Position, now: Moment
) -> Root:
    """Return the root, unless it has expired: nothing is signed below that."""
    known = await walk.find_current(service.files, gun, position, names.ROOT)
    if known is None:
        raise MetadataNotFound
    with _failures_told(service, names.TIMESTAMP):
        check_expiry(names.ROOT, known.root.expires, now)
    return known.root


async def _next_snapshot(
    service: Service, root: Root, snapshot: Snapshot
) -> list[NewFile]:
    """Return the next snapshot, or nothing if the server lacks its keys or versions."""
    signers = root.roles[names.SNAPSHOT]
    with _failures_told(service, names.SNAPSHOT):
        try:
            due = draft.next_snapshot(signers, snapshot, snapshot.meta, service.now())
            return [await sign(service.signer, due)]
        except (KeysMissing, InvalidMetadata):
            return []


async def _next_timestamp(
    service: Service, root: Root, timestamp: Timestamp, snapshot: bytes
) -> NewFile:
    signers = root.roles[names.TIMESTAMP]
    due = draft.next_timestamp(signers, timestamp, snapshot, service.now())
    with _failures_told(service, names.TIMESTAMP):
        return await sign(service.signer, due)


async def _store(
    service: Service, gun: str, files: list[NewFile], position: Position
) -> None:
    """Store the renewed files; whoever loses the race serves the winner's."""
    outcome = "failed"
    try:
        await service.store_all(gun, files, position.base, service.now())
        outcome = "stored"
    except VersionExists:
        outcome = "overtaken"
    finally:
        for file in files:
            service.renewing(file.role, outcome)


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


def _rest_seconds(error: Exception) -> float:
    """Return how long a failure holds as long as nothing new is published."""
    if isinstance(error, Expired):
        return NO_USE_SECONDS
    if isinstance(error, KeysMissing):
        # Snapshots of which the server lacks the key are signed by their publishers.
        is_ours = error.role != names.SNAPSHOT
        return NO_KEYS_SECONDS if is_ours else NO_USE_SECONDS
    return UNAVAILABLE_SECONDS
