"""The schema of the MySQL database at an address: make, upgrade or check it.

Both functions connect, block and close; they are for a command, or for the time
before the reactor runs.
"""

from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from attrs import evolve

from notary.settings.dsn import DSN
from notary.storage import migrate
from notary.storage.migrations import Schema
from notary.storage.mysql_connect import DEADLINES, Connector
from notary.storage.mysql_errors import ConnectFailed, translated
from notary.storage.mysql_tls import NO_FILES, TLSFiles
from notary.storage.schema_record import MySQLConnection

_STEP_SECONDS = 24 * 3600.0

_T = TypeVar("_T")


def bootstrap(dsn: DSN, schema: Schema, tls: TLSFiles = NO_FILES) -> str:
    """Create or upgrade the schema, and return in one line what was done.

    Raise ``StorageError``, with what to do, if it cannot be done.
    """
    # A step on large tables is silent for longer than any query of the server.
    parameters = evolve(dsn.parameters, read_timeout=None, write_timeout=None)
    connector = Connector(
        evolve(dsn, parameters=parameters),
        tls,
        evolve(DEADLINES, read=_STEP_SECONDS, write=_STEP_SECONDS),
    )
    return _on(connector, lambda connection: migrate.bootstrap(connection, schema))


def check(dsn: DSN, schema: Schema, tls: TLSFiles = NO_FILES) -> str | None:
    """Return in one line what is wrong with the schema and what to do, or nothing.

    Raise ``StorageError`` if the database cannot be reached.
    """
    connector = Connector(dsn, tls)
    return _on(connector, lambda connection: migrate.check(connection, schema))


def bootstrap_keys(dsn: DSN, tls: TLSFiles = NO_FILES) -> str:
    """Make the table for keys of the server's own, if it is missing; tell which.

    In a database of a server no version is recorded for it: the one row of
    ``schema_migrations`` is about the server's tables. Raise ``StorageError``.
    """
    made = _on(Connector(dsn, tls), migrate.create_key_table)
    done = "was made" if made else "is there: nothing to do"
    return f"the table private_keys for the keys of local signing {done}"


def check_keys(dsn: DSN, tls: TLSFiles = NO_FILES) -> str | None:
    """Return in one line what to do if the table for keys is missing.

    Raise ``StorageError`` if the database cannot be reached.
    """
    if _on(Connector(dsn, tls), migrate.has_key_table):
        return None
    return (
        "the table private_keys for the keys of local signing is missing: run"
        " notary-server -bootstrap -config FILE"
    )


def _on(connector: Connector, work: Callable[[MySQLConnection], _T]) -> _T:
    try:
        live = connector.connect()
    except ConnectFailed as error:
        raise translated(error) from None
    with closing(live.connection) as connection:
        return work(connection)
