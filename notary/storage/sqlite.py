"""SQLite: the embedded database, in one file that needs no administrator.

It is in WAL mode, so reads go on during a write, and syncs at every commit, so what
was acknowledged survives a loss of power. Several processes may share the file.
"""

import os
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import UTC, tzinfo
from functools import partial
from pathlib import Path
from types import MappingProxyType

from twisted.enterprise.adbapi import ConnectionLost

from notary.storage import sqlite_schema
from notary.storage.database import Database
from notary.storage.dialect import Duplicate
from notary.storage.limits import is_storable_name
from notary.storage.observing import QueryObserver, log_query
from notary.storage.pool import MAX_WAITING, Pool, connection_pool
from notary.storage.store import StorageError

READERS = 4
BUSY_SECONDS = 5.0

_PAUSE_SECONDS = 0.02
# By the beginning of SQLite's name for an error, the more exact ones first.
_MEANINGS = {
    "SQLITE_BUSY": "another program has locked it",
    "SQLITE_CANTOPEN": "it cannot be opened: see the rights on it and on its folder",
    "SQLITE_CORRUPT": "it is damaged: restore a backup",
    "SQLITE_FULL": "there is no space left for it",
    "SQLITE_NOTADB": "it is no SQLite database",
    "SQLITE_READONLY_DIRECTORY": "this user may not write to its folder, as SQLite has"
    " to",
    "SQLITE_READONLY": "this user may not write to it",
}
_UNIQUE = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)


class SQLiteDialect:
    """Statements are written in SQLite's own parameter style and compare bytes."""

    # Taking the write lock first makes check and insert one step between processes.
    begin_write = "BEGIN IMMEDIATE"
    claim_gun: Mapping[str, str] = MappingProxyType({})
    claim_key = claim_gun
    zone: tzinfo = UTC
    errors: tuple[type[Exception], ...] = (
        sqlite3.Error,
        sqlite3.Warning,
        ConnectionLost,
    )

    def adapt(self, sql: str) -> str:
        """Return the statement unchanged."""
        return sql

    def can_hold(self, name: str) -> bool:
        """Tell whether a name fits: SQLite itself would take any."""
        return is_storable_name(name)

    def kind(self, error: Exception) -> str:
        """Return SQLite's name for the error."""
        return getattr(error, "sqlite_errorname", type(error).__name__)

    def translated(self, error: Exception) -> Duplicate | StorageError:
        """Return what the error means; only our words for SQLite's name are told."""
        if _code(error) in _UNIQUE:
            return Duplicate()
        kind = self.kind(error)
        meant = (said for name, said in _MEANINGS.items() if kind.startswith(name))
        why = next(meant, "")
        return StorageError(
            f"the database failed: {kind}" + (f", {why}" if why else "")
        )


def open_sqlite(
    path: Path,
    *,
    busy_seconds: float = BUSY_SECONDS,
    max_waiting: int = MAX_WAITING,
    observe: QueryObserver = log_query,
) -> Database:
    """Return the database in the file, which is made (mode 0600) if there is none.

    ``busy_seconds`` is how long to wait for the lock of another process. Blocks
    while the schema is made or checked; raise ``StorageError``.
    """
    dialect = SQLiteDialect()
    try:
        _create(path)
        _bootstrap(path, busy_seconds)
    except OSError as error:
        raise StorageError(f"the database failed: {error.strerror}") from None
    except dialect.errors as error:
        raise dialect.translated(error) from None
    return Database(
        dialect,
        _pool(path, READERS, busy_seconds, read_only=True),
        _pool(path, 1, busy_seconds, read_only=False),
        max_waiting,
        observe=observe,
    )


def has_keys(path: Path, alias: str) -> bool:
    """Tell whether the database, already opened once, keeps keys of this alias.

    Blocks; raise ``StorageError``.
    """
    try:
        with closing(_connect(path, BUSY_SECONDS)) as connection:
            found = connection.execute(
                "SELECT 1 FROM private_keys WHERE passphrase_alias = ? LIMIT 1",
                (alias,),
            )
            return found.fetchone() is not None
    except sqlite3.Error as error:
        raise SQLiteDialect().translated(error) from None


def _create(path: Path) -> None:
    # Only a new file may be opened here: closing any descriptor of a database file
    # drops the locks that this process has on it.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _bootstrap(path: Path, busy_seconds: float) -> None:
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            with closing(_connect(path, busy_seconds)) as connection:
                return sqlite_schema.bootstrap(connection)
        except sqlite3.OperationalError as error:
            # SQLite itself does not wait when others switch to WAL mode or leave it.
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE_SECONDS)


def _code(error: Exception) -> object:
    return getattr(error, "sqlite_errorcode", None)


def _connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)
    _prepare(connection, read_only=False)
    return connection


def _pool(path: Path, size: int, busy_seconds: float, *, read_only: bool) -> Pool:
    return connection_pool(
        "sqlite3",
        path,
        timeout=busy_seconds,
        isolation_level=None,
        check_same_thread=False,
        cp_min=0,
        cp_max=size,
        cp_noisy=False,
        cp_openfun=partial(_prepare, read_only=read_only),
    )


def _prepare(connection: sqlite3.Connection, *, read_only: bool) -> None:
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA query_only = {int(read_only)}")
    except sqlite3.Error:
        connection.close()
        raise
