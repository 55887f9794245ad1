"""A metadata store in a SQL database, the same for every dialect.

Each method is one transaction. What a publish was decided on is checked again
inside it, and the unique index has the last word.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from notary.storage import statements
from notary.storage.columns import aware, wall_time
from notary.storage.database import Database, Row, Transaction
from notary.storage.dialect import Duplicate
from notary.storage.limits import (
    MAX_ID,
    MAX_VERSION,
    check_storable,
    is_storable_name,
    is_storable_version,
)
from notary.storage.store import Change, NewFile, StoredFile, VersionExists

TIMESTAMP = "timestamp"


class SQLStore:
    """A ``MetadataStore`` in the tables ``tuf_files`` and ``changefeed``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, gun: str, role: str) -> StoredFile | None:
        """Return the file of the role with the highest version."""
        if not (is_storable_name(gun) and is_storable_name(role)):
            return None
        return await self._database.read(
            lambda transaction: _file(
                transaction.row(statements.NEWEST, gun=gun, role=role)
            )
        )

    async def with_version(
        self, gun: str, role: str, version: int
    ) -> StoredFile | None:
        """Return the file of the role with exactly this version."""
        if not (is_storable_name(gun) and is_storable_name(role)):
            return None
        if not is_storable_version(version):
            return None
        return await self._database.read(
            lambda transaction: _file(
                transaction.row(
                    statements.WITH_VERSION, gun=gun, role=role, version=version
                )
            )
        )

    async def with_checksums(
        self, gun: str, wanted: Mapping[str, str]
    ) -> dict[str, StoredFile]:
        """Return the files found, by role; ``wanted`` maps role to sha256."""
        storable = _storable(gun, wanted)
        if not storable:
            return {}
        return await self._database.read(
            lambda transaction: _with_checksums(transaction, gun, storable)
        )

    async def present(self, gun: str, wanted: Mapping[str, str]) -> set[str]:
        """Return the roles of ``wanted`` whose checksum is stored."""
        storable = _storable(gun, wanted)
        if not storable:
            return set()
        return await self._database.read(
            lambda transaction: _present(transaction, gun, storable)
        )

    async def publish(
        self, gun: str, files: Sequence[NewFile], base: str | None, now: datetime
    ) -> None:
        """Store all files and the change of their timestamp, or nothing."""
        check_storable(gun, files)
        try:
            await self._database.write(
                lambda transaction: _publish(transaction, gun, files, base, now)
            )
        except Duplicate:
            raise VersionExists("another publish was faster") from None

    async def delete(self, gun: str, now: datetime) -> bool:
        """Remove every file of exactly this GUN; tell whether there were any."""
        if not is_storable_name(gun):
            return False
        return await self._database.write(
            lambda transaction: _delete(transaction, gun, now)
        )

    async def changes(
        self,
        gun: str | None,
        limit: int,
        *,
        after: int | None = None,
        before: int | None = None,
    ) -> list[Change]:
        """Return at most ``limit`` changes of one GUN or of all, oldest first."""
        if limit <= 0 or (gun is not None and not is_storable_name(gun)):
            return []
        limit = min(limit, MAX_VERSION)
        if after is not None:
            return await self._changes(_AFTER, gun, after, limit)
        before = MAX_ID if before is None else before
        return (await self._changes(_BEFORE, gun, before, limit))[::-1]

    async def _changes(
        self, queries: tuple[str, str], gun: str | None, id_: int, limit: int
    ) -> list[Change]:
        of_all, of_gun = queries
        id_ = max(-1, min(id_, MAX_ID))
        rows = await self._database.read(
            lambda transaction: (
                transaction.rows(of_all, id=id_, limit=limit)
                if gun is None
                else transaction.rows(of_gun, gun=gun, id=id_, limit=limit)
            )
        )
        return [_change(row) for row in rows]


_AFTER = (statements.CHANGES_AFTER, statements.CHANGES_OF_GUN_AFTER)
_BEFORE = (statements.CHANGES_BEFORE, statements.CHANGES_OF_GUN_BEFORE)


def _storable(gun: str, wanted: Mapping[str, str]) -> dict[str, str]:
    if not is_storable_name(gun):
        return {}
    return {
        role: sha256
        for role, sha256 in wanted.items()
        if is_storable_name(role) and is_storable_name(sha256)
    }


def _with_checksums(
    transaction: Transaction, gun: str, wanted: Mapping[str, str]
) -> dict[str, StoredFile]:
    found = {}
    for role, sha256 in wanted.items():
        file = _file(
            transaction.row(statements.WITH_CHECKSUM, gun=gun, role=role, sha256=sha256)
        )
        if file is not None:
            found[role] = file
    return found


def _present(transaction: Transaction, gun: str, wanted: Mapping[str, str]) -> set[str]:
    return {
        role
        for role, sha256 in wanted.items()
        if transaction.row(statements.PRESENT, gun=gun, role=role, sha256=sha256)
    }


def _publish(
    transaction: Transaction,
    gun: str,
    files: Sequence[NewFile],
    base: str | None,
    now: datetime,
) -> None:
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
        _insert(transaction, gun, file, wall_time(now))


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


def _delete(transaction: Transaction, gun: str, now: datetime) -> bool:
    if transaction.row(statements.ANY_FILE, gun=gun) is None:
        return False
    transaction.run(statements.DELETE_FILES, gun=gun)
    transaction.run(
        statements.INSERT_CHANGE,
        gun=gun,
        version=0,
        sha256="",
        category="deletion",
        now=wall_time(now),
    )
    return True


def _file(row: Row | None) -> StoredFile | None:
    if row is None:
        return None
    role, version, data, sha256, created_at = row
    return StoredFile(role, version, data, sha256 or "", aware(created_at))


def _change(row: Row) -> Change:
    number, created_at, gun, version, sha256, category = row
    return Change(number, aware(created_at), gun, version, sha256 or "", category)
