"""Bring a MySQL database to the last version of a schema, or say why it is not there.

All of this blocks: it is for a command, or for the time before the reactor runs.
Connecting is left to the caller.
"""

from contextlib import suppress

from pymysql import MySQLError

from notary.storage import schema_record
from notary.storage.migrations import OWN_KEYS, Schema
from notary.storage.mysql_errors import kind_of
from notary.storage.schema_record import NOTHING, Mark, MySQLConnection, SchemaError

LOCK_SECONDS = 30

_INDEX = (
    "SELECT 1 FROM information_schema.statistics"
    " WHERE table_schema = DATABASE() AND table_name = %s AND index_name = %s"
)
_VERSIONS = "docs/adr/0004-schema-migrations.md"


def bootstrap(
    connection: MySQLConnection, schema: Schema, lock_seconds: int = LOCK_SECONDS
) -> str:
    """Create or upgrade the schema, and return in one line what was done.

    The connection must be free to wait: a step takes as long as its tables are
    large. Raise ``SchemaError`` if it cannot be done; run again, it goes on.
    """
    try:
        with schema_record.lock(connection, lock_seconds):
            schema_record.run(
                connection, "SET SESSION lock_wait_timeout = %s", lock_seconds
            )
            found = _version(connection, schema)
            _upgrade(connection, schema, found)
            added = _add_indexes(connection, schema)
    except MySQLError as error:
        said = _told(error)
        raise SchemaError(f"the schema cannot be made or upgraded: {said}") from None
    at = f"at version {schema.version}"
    if found != schema.version:
        done = f"upgraded from version {found}" if found else "created"
        return f"the {schema.program} schema was {done}; it is {at}"
    done = f"added index {' and '.join(added)}" if added else "nothing to do"
    return f"the {schema.program} schema is {at}: {done}"


def check(connection: MySQLConnection, schema: Schema) -> str | None:
    """Return in one line what is wrong with the schema and what to do, or nothing.

    It needs no more than the right to read.
    """
    try:
        connection.rollback()
        version = _version(connection, schema)
        connection.rollback()
    except SchemaError as error:
        return str(error)
    except MySQLError as error:
        return f"the schema of the database cannot be read: {_told(error)}"
    if version == schema.version:
        return None
    found = f"is at version {version} of {schema.version}" if version else "is missing"
    command = f"{schema.program} -bootstrap -config FILE"
    return f"the schema of the database {found}: run {command}"


def create_key_table(connection: MySQLConnection) -> bool:
    """Make ``private_keys`` in a server's database; tell if it was missing."""
    try:
        with schema_record.lock(connection, LOCK_SECONDS):
            is_missing = not has_key_table(connection)
            for statement in OWN_KEYS if is_missing else ():
                schema_record.run(connection, statement)
    except MySQLError as error:
        raise SchemaError(
            f"the table private_keys cannot be made: {_told(error)}"
        ) from None
    return is_missing


def has_key_table(connection: MySQLConnection) -> bool:
    """Tell whether there is a table ``private_keys``."""
    try:
        return "private_keys" in _tables(connection)
    except MySQLError as error:
        raise SchemaError(f"the schema cannot be read: {_told(error)}") from None


def _tables(connection: MySQLConnection) -> set[str]:
    found = schema_record.rows(
        connection,
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = DATABASE()",
    )
    return {name for (name,) in found}


def _version(connection: MySQLConnection, schema: Schema) -> int:
    """Return the version of the schema, 0 if there is nothing; or raise."""
    tables = _tables(connection)
    recorded = NOTHING
    if schema_record.TABLE in tables:
        recorded = schema_record.read(connection)
    if recorded.dirty:
        raise SchemaError(
            f"the schema is dirty: the step to version {recorded.version} was"
            " interrupted; restore a backup, or finish or undo the step by hand, as"
            f" {_VERSIONS} tells, and correct the row of schema_migrations"
        )
    if recorded.version > schema.version:
        raise SchemaError(
            f"the schema is at version {recorded.version}, but this program knows"
            f" only {schema.program} schemas up to version {schema.version}"
        )
    _compare_tables(schema, recorded.version, tables)
    return recorded.version


def _compare_tables(schema: Schema, version: int, tables: set[str]) -> None:
    for table, since in schema.tables.items():
        if since <= version and table not in tables:
            raise SchemaError(
                f"schema_migrations says version {version}, but there is no table"
                f" {table}; is this the database of {schema.program}?"
            )
        if not version and table in tables:
            raise SchemaError(
                f"there is a table {table}, but schema_migrations says no version;"
                f" find it with {_VERSIONS} and insert it"
            )


def _upgrade(connection: MySQLConnection, schema: Schema, found: int) -> None:
    if not found:
        schema_record.create(connection)
        _step(connection, NOTHING, Mark(schema.version), schema.create)
        return
    for version in range(found + 1, schema.version + 1):
        statements = schema.steps[version]
        _step(connection, Mark(version - 1), Mark(version), statements)


def _add_indexes(connection: MySQLConnection, schema: Schema) -> list[str]:
    """Add those that are missing and return their names.

    Each is added or not, so that nothing is to be recorded about it.
    """
    missing = [
        index
        for index in schema.indexes
        if not schema_record.rows(connection, _INDEX, index.table, index.name)
    ]
    for index in missing:
        schema_record.run(connection, index.statement)
    return [index.name for index in missing]


def _step(
    connection: MySQLConnection, old: Mark, new: Mark, statements: tuple[str, ...]
) -> None:
    """Run the statements between two versions, which are no transaction on MySQL."""
    dirty = Mark(new.version, dirty=True)
    schema_record.replace(connection, old, dirty)
    for done, statement in enumerate(statements):
        try:
            schema_record.run(connection, statement)
        except MySQLError as error:
            if not done:
                # Refused as a whole (for want of a right, mostly): nothing is half
                # done. On a lost connection this fails, and the mark stays.
                with suppress(MySQLError, SchemaError):
                    schema_record.replace(connection, dirty, old)
                raise
            raise SchemaError(
                f"the step to version {new.version} stopped half way, and the schema"
                f" is marked dirty: {_told(error)}"
            ) from None
    schema_record.replace(connection, dirty, new)


def _told(error: MySQLError) -> str:
    """Return number, name and text of an error about tables, in one line."""
    texts = (word for part in error.args[1:] for word in str(part).split())
    return f"{kind_of(error)}: {' '.join(texts)}".removesuffix(": ")
