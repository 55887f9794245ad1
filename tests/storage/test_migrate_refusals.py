"""What cannot be upgraded is refused in one line, and not touched."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from notary.settings.dsn import parse_dsn
from notary.storage import mysql_schema
from notary.storage.migrate import bootstrap, check
from notary.storage.migrations import SERVER, SIGNER, Schema
from notary.storage.schema_record import SchemaError
from notary.storage.store import StorageError
from tests.mariadb import MariaDB, Place
from tests.running import free_port
from tests.storage.migrating import (
    BOTH,
    VERSION,
    bootstrapped,
    problem,
    recorded,
    wait_for_statement,
)
from tests.storage.old_schemas import server_at


@pytest.fixture
def place(mariadb_server: MariaDB) -> Place:
    """An empty database."""
    return mariadb_server.create_database()


@pytest.fixture
def connection(place: Place) -> Iterator[Any]:
    with closing(place.connect()) as connected:
        yield connected


def test_while_another_program_changes_the_schema_nothing_is_done(place, connection):
    with closing(place.connect()) as other, other.cursor() as cursor:
        # golang-migrate's lock, worked out by its formula for this database.
        name = f"{place.name}:schema_migrations"
        number = "CRC32(%s) * 1486364155 %% (1 << 32)"
        cursor.execute(f"SELECT GET_LOCK(CAST({number} AS CHAR), 0)", [name])
        with pytest.raises(SchemaError, match="another program has been changing"):
            bootstrap(connection, SERVER, lock_seconds=1)
        assert place.run("SHOW TABLES") == []
    assert "created" in bootstrap(connection, SERVER)


def test_a_step_that_was_cut_off_leaves_a_dirty_schema_that_nobody_touches(
    mariadb_server, place, connection
):
    server_at(place, 2)
    with closing(place.connect()) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLES tuf_files READ")
        with ThreadPoolExecutor(1) as threads:
            doomed = threads.submit(bootstrap, connection, SERVER)
            wait_for_statement(place, "ALTER TABLE")
            place.run(f"KILL {connection.thread_id()}")
            with pytest.raises(SchemaError, match="cannot be made or upgraded"):
                doomed.result()
    assert place.run(VERSION) == [(3, 1)]
    _is_refused_and_not_touched(mariadb_server, place, SERVER, "dirty.* version 3 ")


def test_a_step_that_fails_half_way_says_so_and_stays_dirty(
    mariadb_server, place, connection
):
    server_at(place, 4)
    place.run("CREATE TABLE changefeed (id int)")
    with pytest.raises(SchemaError, match=r"version 5 stopped half way.*changefeed"):
        bootstrap(connection, SERVER)
    assert place.run(VERSION) == [(5, 1)]
    _is_refused_and_not_touched(mariadb_server, place, SERVER, "dirty.* version 5 ")


@pytest.mark.parametrize("version", [0, 2, 4])
def test_without_the_right_to_change_tables_nothing_is_done_or_marked(
    mariadb_server, place, version
):
    if version:
        server_at(place, version)
    before = mariadb_server.dump(place)
    with pytest.raises(SchemaError, match="denied"):
        bootstrapped(place.plain(), SERVER)
    assert mariadb_server.dump(place) == before
    assert place.run("SHOW TABLES") == [] or place.run(VERSION) == [(version, 0)]
    bootstrapped(place, SERVER)
    assert problem(place, SERVER) is None


@BOTH
def test_a_newer_schema_is_refused(mariadb_server, schema):
    place = recorded(mariadb_server, schema)
    place.run("UPDATE schema_migrations SET version = version + 1")
    known = f"version {schema.version + 1}, but .* up to version {schema.version}"
    _is_refused_and_not_touched(mariadb_server, place, schema, known)


@pytest.mark.parametrize(
    ("loaded", "asked", "said"),
    [(SIGNER, SERVER, "no table tuf_files"), (SERVER, SIGNER, "only notary-signer")],
    ids=["signer-for-server", "server-for-signer"],
)
def test_the_database_of_the_other_program_is_refused(
    mariadb_server, loaded, asked, said
):
    _is_refused_and_not_touched(
        mariadb_server, recorded(mariadb_server, loaded), asked, said
    )


@pytest.mark.parametrize(
    "lost", ["DROP TABLE schema_migrations", "DELETE FROM schema_migrations"]
)
def test_tables_without_a_recorded_version_are_refused(mariadb_server, place, lost):
    server_at(place, 4)
    place.run(lost)
    said = "there is a table tuf_files, but schema_migrations says no version"
    _is_refused_and_not_touched(mariadb_server, place, SERVER, said)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE schema_migrations DROP COLUMN dirty",
        "INSERT INTO schema_migrations VALUES (2, 0), (3, 0)",
    ],
)
def test_the_record_of_an_older_tool_is_refused(mariadb_server, place, change):
    server_at(place, 4)
    place.run(change)
    said = "written by a tool older than golang-migrate"
    _is_refused_and_not_touched(mariadb_server, place, SERVER, said)


def test_a_database_that_cannot_be_reached_is_one_error(place):
    dsn = parse_dsn(f"{place.dsn}".replace(str(place.port), str(free_port())))
    for asked in (mysql_schema.bootstrap, mysql_schema.check):
        with pytest.raises(StorageError, match="cannot be reached"):
            asked(dsn, SERVER)


def test_an_address_without_a_database_is_refused(place):
    with (
        closing(Place("", place.port).connect()) as nowhere,
        pytest.raises(SchemaError, match="names no database"),
    ):
        bootstrap(nowhere, SERVER)


def test_a_connection_that_is_lost_is_one_line_and_no_traceback(place, connection):
    place.run(f"KILL {connection.thread_id()}")
    assert "cannot be read" in (check(connection, SERVER) or "")
    with pytest.raises(SchemaError, match="cannot be made or upgraded"):
        bootstrap(connection, SERVER)


def _is_refused_and_not_touched(
    server: MariaDB, place: Place, schema: Schema, said: str
) -> None:
    before = server.dump(place)
    with pytest.raises(SchemaError, match=said) as refused:
        bootstrapped(place, schema)
    assert problem(place, schema) == str(refused.value)
    assert "\n" not in str(refused.value)
    assert server.dump(place) == before
