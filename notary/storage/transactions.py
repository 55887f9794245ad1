"""What happens inside a transaction on the tables ``tuf_files`` and ``changefeed``.

What changes a repository claims its GUN first; then what a publish was decided on is
checked again, and the unique index has the last word.

A transaction may be repeated although it was committed, when the answer was lost
(``in_doubt``): what then is found to be stored already was stored by itself.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from notary.storage import statements
from notary.storage.database import Row, Transaction
from notary.storage.store import Change, NewFile, StoredFile, VersionExists

TIMESTAMP = "timestamp"


def with_checksums(
    transaction: Transaction, gun: str, wanted: Mapping[str, str]
) -> dict[str, StoredFile]:
    """Return the files found, by role; ``wanted`` maps role to sha256."""
    found = {}
    for role, sha256 in wanted.items():
        stored = file(
            transaction,
            statements.WITH_CHECKSUM,
            gun=gun,
            role=role,
            sha256=sha256,
        )
        if stored is not None:
            found[role] = stored
    return found


def present(transaction: Transaction, gun: str, wanted: Mapping[str, str]) -> set[str]:
    """Return the roles of ``wanted`` whose checksum is stored."""
    return {
        role
        for role, sha256 in wanted.items()
        if transaction.row(statements.PRESENT, gun=gun, role=role, sha256=sha256)
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
    newest = transaction.row(statements.NEWEST_CHECKSUM, gun=gun, role=TIMESTAMP)
    if (newest[0] if newest else None) != base:
        raise VersionExists("the update was decided on an older timestamp")
    for file in files:
        stored = transaction.row(
            statements.AS_HIGH, gun=gun, role=file.role, version=file.version
        )
        if stored is not None:
            raise VersionExists(f"{file.role} has version {stored[0]}")
    for file in sorted(files, key=lambda file: file.version):
        _insert(transaction, gun, file, transaction.written(now))


def _is_stored(transaction: Transaction, gun: str, files: Sequence[NewFile]) -> bool:
    for file in files:
        stored = transaction.row(
            statements.STORED_CHECKSUM, gun=gun, role=file.role, version=file.version
        )
        if stored is None or stored[0] != file.sha256:
            return False
    return True


def _insert(transaction: Transaction, gun: str, file: NewFile, now: str) -> None:
    facts: dict[str, object] = {
        "gun": gun,
        "version": file.version,
        "sha256": file.sha256,
        "now": now,
    }
    transaction.run(statements.INSERT_FILE, role=file.role, data=file.data, **facts)
    if file.role == TIMESTAMP:
        transaction.run(statements.INSERT_CHANGE, category="update", **facts)


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


def file(transaction: Transaction, sql: str, **facts: object) -> StoredFile | None:
    """Return the one file that the query finds."""
    row = transaction.row(sql, **facts)
    return None if row is None else _stored(transaction, row)


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
