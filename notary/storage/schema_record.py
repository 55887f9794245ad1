"""The record of a MySQL schema's version, and the lock under which it is changed.

Both are golang-migrate's: one row of version and dirty in ``schema_migrations``,
and a named lock; so that either tool can go on where the other stopped. What the
versions mean is left to others.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

from attrs import frozen
from pymysql import MySQLError
from pymysql.connections import Connection

from notary.storage.store import StorageError

# Quoted, because PyMySQL's own class takes no parameters at run time.
MySQLConnection: TypeAlias = "Connection[Any]"

TABLE = "schema_migrations"

# In the character set of the database, as golang-migrate makes it.
_CREATE = """CREATE TABLE IF NOT EXISTS `schema_migrations` (
    `version` bigint NOT NULL,
    `dirty` tinyint(1) NOT NULL,
    PRIMARY KEY (`version`))"""
_UNKNOWN_COLUMN = 1054
# golang-migrate's number: both tools must ask for the lock by the same name.
_LOCK_SALT = 1486364155


class SchemaError(StorageError):
    """The schema cannot be used or changed; the message is one line."""


@frozen
class Mark:
    """What is recorded; version 0 stands for no row."""

    version: int
    dirty: bool = False


NOTHING = Mark(0)


def read(connection: MySQLConnection) -> Mark:
    """Return what the table records; raise ``SchemaError`` for another tool's."""
    try:
        found = rows(connection, "SELECT version, dirty FROM schema_migrations")
    except MySQLError as error:
        if error.args[:1] != (_UNKNOWN_COLUMN,):
            raise
        found = None
    if found is None or len(found) > 1:
        raise SchemaError(
            "schema_migrations was written by a tool older than golang-migrate; it"
            " must have the columns version (bigint) and dirty (tinyint), and one row"
        )
    return Mark(int(found[0][0]), bool(found[0][1])) if found else NOTHING


def create(connection: MySQLConnection) -> None:
    """Make the table if it is missing."""
    run(connection, _CREATE)


def replace(connection: MySQLConnection, old: Mark, new: Mark) -> None:
    """Record the new mark and commit; raise ``SchemaError`` if the old one is gone.

    The lock holds on one node of a cluster; this decides between the nodes.
    """
    if old == NOTHING:
        sql = "INSERT INTO schema_migrations (version, dirty) VALUES (%s, %s)"
        changed = run(connection, sql, new.version, new.dirty)
    elif new == NOTHING:
        sql = "DELETE FROM schema_migrations WHERE version = %s AND dirty = %s"
        changed = run(connection, sql, old.version, old.dirty)
    else:
        sql = (
            "UPDATE schema_migrations SET version = %s, dirty = %s"
            " WHERE version = %s AND dirty = %s"
        )
        changed = run(connection, sql, new.version, new.dirty, old.version, old.dirty)
    connection.commit()
    if changed != 1:
        raise SchemaError("another program changes the schema at the same time")


@contextmanager
def lock(connection: MySQLConnection, seconds: int) -> Iterator[None]:
    """Keep other programs from changing the schema, after waiting for them."""
    [(database,)] = rows(connection, "SELECT DATABASE()")
    if database is None:
        raise SchemaError("storage.db_url names no database")
    name = lock_name(database)
    if rows(connection, "SELECT GET_LOCK(%s, %s)", name, seconds) != [(1,)]:
        raise SchemaError(
            f"another program has been changing the schema for {seconds} seconds;"
            " try again when it is done"
        )
    try:
        # What was read before the lock was granted may be out of date.
        connection.rollback()
        yield
    finally:
        with suppress(MySQLError):
            connection.rollback()
            rows(connection, "SELECT RELEASE_LOCK(%s)", name)


def lock_name(database: str) -> str:
    """Return the name under which golang-migrate locks the schema of a database."""
    text = f"{database}:{TABLE}"
    return str(zlib.crc32(text.encode()) * _LOCK_SALT % 2**32)


def run(connection: MySQLConnection, sql: str, *parameters: object) -> int:
    """Run a statement and return the number of rows that it changed."""
    with connection.cursor() as cursor:
        return int(cursor.execute(sql, parameters or None))


def rows(
    connection: MySQLConnection, sql: str, *parameters: object
) -> list[tuple[Any, ...]]:
    """Return all rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return list(cursor.fetchall())
