"""The schema of the embedded database: the Go server's and signer's, in SQLite.

Rows mean the same as on MySQL, so they can be copied either way. Bootstrapping
only ever adds what is missing.
"""

import sqlite3

from notary.storage.migrations import SERVER
from notary.storage.store import StorageError

VERSION = SERVER.version
"""The Go server's last migration."""

_STATEMENTS = (
    """CREATE TABLE IF NOT EXISTS schema_migrations (
        version INTEGER NOT NULL PRIMARY KEY,
        dirty INTEGER NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS tuf_files (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        created_at TEXT, updated_at TEXT, deleted_at TEXT,
        gun VARCHAR(255) NOT NULL,
        role VARCHAR(255) NOT NULL,
        version INTEGER NOT NULL,
        sha256 CHAR(64),
        data BLOB NOT NULL,
        UNIQUE (gun, role, version))""",
    "CREATE INDEX IF NOT EXISTS idx_tuf_files_sha256 ON tuf_files (sha256)",
    """CREATE TABLE IF NOT EXISTS change_category (
        category VARCHAR(20) NOT NULL PRIMARY KEY)""",
    "INSERT OR IGNORE INTO change_category VALUES ('update'), ('deletion')",
    """CREATE TABLE IF NOT EXISTS changefeed (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        created_at TEXT DEFAULT CURRENT_TIMESTAMP,
        gun VARCHAR(255) NOT NULL,
        version INTEGER NOT NULL,
        sha256 CHAR(64),
        category VARCHAR(20) NOT NULL DEFAULT 'update'
            REFERENCES change_category (category))""",
    "CREATE INDEX IF NOT EXISTS idx_changefeed_gun ON changefeed (gun)",
    """CREATE TABLE IF NOT EXISTS private_keys (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        created_at TEXT, updated_at TEXT, deleted_at TEXT,
        key_id VARCHAR(255) NOT NULL UNIQUE,
        encryption_alg VARCHAR(255) NOT NULL,
        keywrap_alg VARCHAR(255) NOT NULL,
        algorithm VARCHAR(50) NOT NULL,
        passphrase_alias VARCHAR(50) NOT NULL,
        public BLOB NOT NULL,
        private BLOB NOT NULL,
        gun VARCHAR(255) NOT NULL,
        role VARCHAR(255) NOT NULL,
        last_used TEXT,
        UNIQUE (key_id, algorithm))""",
    "CREATE INDEX IF NOT EXISTS idx_private_keys_gun ON private_keys (gun, role)",
)


def bootstrap(connection: sqlite3.Connection) -> None:
    """Make what is missing of the schema, under the lock of the database.

    Raise ``StorageError`` if a newer program made the schema, or ``sqlite3.Error``.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in _STATEMENTS:
            connection.execute(statement)
        _check_version(connection)
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
    connection.execute("PRAGMA journal_mode = WAL")


def _check_version(connection: sqlite3.Connection) -> None:
    found = connection.execute("SELECT version, dirty FROM schema_migrations")
    migrations = found.fetchall()
    if not migrations:
        connection.execute("INSERT INTO schema_migrations VALUES (?, 0)", (VERSION,))
    elif migrations != [(VERSION, 0)]:
        raise StorageError(f"the schema of the database is not version {VERSION}")
