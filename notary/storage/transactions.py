"""What happens inside a transaction on the tables ``tuf_files`` and ``changefeed``.

What changes a repository claims its GUN first; then what a publish was decided on is
checked again, and the unique index has the last word.

A transaction may be repeated although it was committed, when the answer was lost
(``in_doubt``): what then is found to be stored already was stored by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import TypeVar

import attrs

from notary.storage import statements
from notary.storage.database import Row, Transaction
from notary.storage.store import (
    Change,
    NewFile,
    Place,
    StoredFile,
    VersionExists,
)
from notary.tuf.names import TIMESTAMP

MAX_PARTS = 100
"""How many rows one statement reads or inserts: SQLite unites no more than 500."""

MAX_INSERT_BYTES = 64 * 1024
"""How much one statement inserts, unless one file is larger: packets have a limit."""

_T = TypeVar("_T")


def newest_timestamps(
    transaction: Transaction, guns: Mapping[str, int]
) -> dict[str, str]:
    """Return the sha256 of the newest timestamp of each GUN that has one.

    What is as new as ``guns`` says is found by one short statement, and whatever has
    become older, or is gone, by another: each answer is that of one statement.
    """
    found = _as_new(transaction, {gun: seen for gun, seen in guns.items() if seen})
    others = [gun for gun in guns if gun not in found]
    if others:
        each = [{"gun": gun, "role": TIMESTAMP} for gun in others]
        sha256s = transaction.values(statements.NEWEST_CHECKSUM, each)
        found.update(zip(others, sha256s, strict=True))
    return {gun: sha256 for gun, sha256 in found.items() if sha256}


def _as_new(transaction: Transaction, guns: Mapping[str, int]) -> dict[str, str | None]:
    """Return the newest timestamp of each GUN that has one as new as this."""
    if not guns:
        return {}
    each = [{"gun": gun, "version": seen} for gun, seen in guns.items()]
    rows = transaction.chosen(statements.CHECKSUMS_FROM, each, role=TIMESTAMP)
    rows.sort(key=itemgetter(1))
    return {gun: sha256 for gun, _, sha256 in rows if gun in guns}


def newest(
    transaction: Transaction, roles: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], StoredFile]:
    """Return the newest file of each GUN and role that has one."""
    each = [
        {"gun": gun, "role": role, "number": n} for n, (gun, role) in enumerate(roles)
    ]
    rows = transaction.united(statements.NEWEST_OF_PLACE, each)
    return {roles[row[0]]: _stored(transaction, row[1:]) for row in rows}


def find(transaction: Transaction, places: Sequence[Place]) -> dict[Place, StoredFile]:
    """Return the files found, of any number of GUNs."""
    each = [{**_named(place), "number": n} for n, place in enumerate(places)]
    rows = transaction.united(statements.AT_PLACE, each)
    return {places[row[0]]: _stored(transaction, row[1:]) for row in rows}


def stored(transaction: Transaction, places: Sequence[Place]) -> set[Place]:
    """Return the places at which there is a file."""
    found = transaction.values(statements.PRESENT, list(map(_named, places)))
    return {place for place, one in zip(places, found, strict=True) if one}


def _named(place: Place) -> dict[str, object]:
    gun, role, sha256 = place
    return {"gun": gun, "role": role, "sha256": sha256}


def with_version(
    transaction: Transaction, gun: str, role: str, version: int
) -> StoredFile | None:
    """Return the file of the role with exactly this version."""
    row = transaction.row(statements.WITH_VERSION, gun=gun, role=role, version=version)
    return None if row is None else _stored(transaction, row)


def present(transaction: Transaction, gun: str, wanted: Mapping[str, str]) -> set[str]:
    """Return the roles whose file is stored; ``wanted`` maps role to sha256."""
    places = [(gun, role, sha256) for role, sha256 in wanted.items()]
    return {
        role for some in _batches(places) for _, role, _ in stored(transaction, some)
    }


def publish(
    transaction: Transaction,
    gun: str,
    files: Sequence[NewFile],
    base: str | None,
    now: datetime,
) -> None:
    """Store all files and the change of their timestamp or raise ``VersionExists``."""
    transaction.claim_gun(gun)
    if transaction.in_doubt and _is_stored(transaction, gun, files):
        return
    _check_current(transaction, gun, files, base)
    when = transaction.written(now)
    in_order = sorted(files, key=lambda file: file.version)
    for some in _packets(in_order):
        rows = [{**attrs.asdict(file), "gun": gun, "now": when} for file in some]
        transaction.insert(statements.INSERT_FILE, rows)
    for file in in_order:
        if file.role == TIMESTAMP:
            transaction.run(
                statements.INSERT_CHANGE,
                gun=gun,
                version=file.version,
                sha256=file.sha256,
                category="update",
                now=when,
            )


def _check_current(
    transaction: Transaction, gun: str, files: Sequence[NewFile], base: str | None
) -> None:
    """Raise ``VersionExists`` unless all files are newer than what is stored."""
    roles = {TIMESTAMP: None, **{file.role: None for file in files}}
    newest: dict[str, tuple[int, str | None]] = {}
    for some in _batches([{"gun": gun, "role": role} for role in roles]):
        for role, version, sha256 in transaction.united(
            statements.NEWEST_OF_ROLE, some
        ):
            newest[role] = version, sha256
    _, current = newest.get(TIMESTAMP, (0, None))
    if current != base:
        raise VersionExists("the update was decided on an older timestamp")
    for file in files:
        version, _ = newest.get(file.role, (0, None))
        if version >= file.version:
            raise VersionExists(f"{file.role} has version {version}")


def _is_stored(transaction: Transaction, gun: str, files: Sequence[NewFile]) -> bool:
    wanted = [
        {"gun": gun, "role": file.role, "version": file.version} for file in files
    ]
    found = [
        sha256
        for some in _batches(wanted)
        for sha256 in transaction.values(statements.STORED_CHECKSUM, some)
    ]
    return found == [file.sha256 for file in files]


def _batches(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), MAX_PARTS):
        yield items[start : start + MAX_PARTS]


def _packets(files: Sequence[NewFile]) -> Iterator[list[NewFile]]:
    """Yield the files in their order, as many at once as one statement may insert."""
    packet: list[NewFile] = []
    size = 0
    for file in files:
        size += len(file.data)
        if packet and (size > MAX_INSERT_BYTES or len(packet) >= MAX_PARTS):
            yield packet
            packet, size = [], len(file.data)
        packet.append(file)
    if packet:
        yield packet


def delete(transaction: Transaction, gun: str, now: datetime) -> bool:
    """Remove every file of exactly this GUN; tell whether there were any."""
    transaction.claim_gun(gun)
    if transaction.row(statements.ANY_FILE, gun=gun) is None:
        return False
    transaction.run(statements.DELETE_FILES, gun=gun)
    transaction.run(
        statements.INSERT_CHANGE,
        gun=gun,
        version=0,
        sha256="",
        category="deletion",
        now=transaction.written(now),
    )
    return True


def _stored(transaction: Transaction, row: Row) -> StoredFile:
    role, version, data, sha256, created_at = row
    return StoredFile(role, version, data, sha256 or "", transaction.read(created_at))


def newest_files(
    transaction: Transaction, after: tuple[str, str], limit: int
) -> list[tuple[str, StoredFile]]:
    """Return the newest file of each role after this GUN and role, with its GUN."""
    gun, role = after
    rows = transaction.rows(
        statements.NEWEST_FILES, after_gun=gun, after_role=role, limit=limit
    )
    return [(row[0], _stored(transaction, row[1:])) for row in rows]


def change(transaction: Transaction, row: Row) -> Change:
    """Return what a row of the changefeed means."""
    number, created_at, gun, version, sha256, category = row
    when = transaction.read(created_at)
    return Change(number, when, gun, version, sha256 or "", category)
