"""Databases of every age become the one that the Go programs wrote."""

import hashlib
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pymysql
import pytest

from notary.settings.dsn import parse_dsn
from notary.storage import mysql_schema
from notary.storage.migrations import SERVER, SIGNER, Schema
from tests.mariadb import MariaDB, Place
from tests.storage.migrating import (
    BOTH,
    VERSION,
    bootstrapped,
    problem,
    recorded,
    wait_for_statement,
)
from tests.storage.old_schemas import server_at, signer_at

OLD = [(SERVER, version) for version in range(1, 6)] + [(SIGNER, 1), (SIGNER, 2)]
EVERY_VERSION = pytest.mark.parametrize(
    ("schema", "version"), OLD, ids=[f"{one.program}-{number}" for one, number in OLD]
)


@pytest.fixture
def place(mariadb_server: MariaDB) -> Place:
    """An empty database."""
    return mariadb_server.create_database()


def at(place: Place, schema: Schema, version: int) -> None:
    """Make an old database."""
    (server_at if schema is SERVER else signer_at)(place, version)


def tables(place: Place) -> dict[str, str]:
    """Return what makes each table, without its counter."""
    names = [name for (name,) in place.run("SHOW TABLES")]
    created = {name: place.run(f"SHOW CREATE TABLE {name}")[0][1] for name in names}
    return {
        name: re.sub(r" AUTO_INCREMENT=\d+", "", made) for name, made in created.items()
    }


def rows(place: Place, table: str) -> list[tuple[Any, ...]]:
    return place.run(f"SELECT * FROM {table} ORDER BY id")


def with_our_indexes(go: dict[str, str]) -> dict[str, str]:
    """Return what makes Go's tables when they have the indexes of our own."""
    last = "  UNIQUE KEY `key_id_2` (`key_id`,`algorithm`)"
    ours = f"{last},\n  KEY `gun_role` (`gun`,`role`)"
    return {name: made.replace(last, ours) for name, made in go.items()}


@BOTH
def test_an_empty_database_gets_the_tables_of_the_go_program(
    mariadb_server, place, schema
):
    assert "created" in bootstrapped(place, schema)
    original = recorded(mariadb_server, schema)
    assert tables(place) == with_our_indexes(tables(original))
    assert place.run(VERSION) == original.run(VERSION)
    if schema is SERVER:
        categories = "SELECT * FROM change_category"
        assert place.run(categories) == original.run(categories)


@EVERY_VERSION
def test_a_database_of_every_version_becomes_the_recorded_one(
    mariadb_server, place, schema, version
):
    at(place, schema, version)
    before = tables(place)
    bootstrapped(place, schema)
    after = tables(place)
    kept = after.pop("timestamp_keys", None)
    assert kept == before.get("timestamp_keys")
    assert after == with_our_indexes(tables(recorded(mariadb_server, schema)))
    assert place.run(VERSION) == [(schema.version, 0)]
    assert problem(place, schema) is None


@pytest.mark.parametrize("version", range(1, 6))
def test_metadata_and_old_timestamp_keys_survive_the_upgrade(place, version):
    server_at(place, version)
    files = rows(place, "tuf_files")
    keys = rows(place, "timestamp_keys") if version < 4 else None
    bootstrapped(place, SERVER)
    for old, new in zip(files, rows(place, "tuf_files"), strict=True):
        assert new[: len(old)] == old
        assert new[8] == hashlib.sha256(new[7]).hexdigest()
    if keys:
        assert rows(place, "timestamp_keys") == keys


@pytest.mark.parametrize("version", range(1, 5))
def test_the_changefeed_begins_with_the_timestamps_there_are_oldest_first(
    place, version
):
    server_at(place, version)
    bootstrapped(place, SERVER)
    feed = place.run(
        "SELECT id, CAST(created_at AS CHAR), gun, version, sha256, category"
        " FROM changefeed ORDER BY id"
    )
    first, second, third = (
        hashlib.sha256(x).hexdigest() for x in (b"a1", b"b1", b"a2")
    )
    assert feed == [
        (1, "2016-03-01 10:00:00", "example.com/a", 1, first, "update"),
        (2, "2016-03-02 10:00:00", "example.com/b", 1, second, "update"),
        (3, "2016-03-05 10:00:00", "example.com/a", 2, third, "update"),
    ]


def test_a_changefeed_that_is_there_is_not_told_again(place):
    server_at(place, 5)
    before = rows(place, "changefeed")
    bootstrapped(place, SERVER)
    assert rows(place, "changefeed") == before
    assert len(before) == 2


@pytest.mark.parametrize("version", [1, 2])
def test_private_keys_survive_the_upgrade(place, version):
    signer_at(place, version)
    [before] = rows(place, "private_keys")
    bootstrapped(place, SIGNER)
    [after] = rows(place, "private_keys")
    assert after == (before if version == 2 else (*before, "", "", None))


def test_a_recorded_database_is_accepted_and_not_touched(mariadb_server):
    place = recorded(mariadb_server, SERVER)
    before = mariadb_server.dump(place)
    assert problem(place, SERVER) is None
    assert bootstrapped(place, SERVER).endswith("nothing to do")
    assert mariadb_server.dump(place) == before


def test_a_recorded_database_of_keys_gets_an_index_once_and_nothing_else(
    mariadb_server,
):
    place = recorded(mariadb_server, SIGNER)
    before = mariadb_server.dump(place)
    assert problem(place, SIGNER) is None
    assert bootstrapped(place, SIGNER) == (
        "the notary-signer schema is at version 2: added index gun_role"
    )
    assert problem(place, SIGNER) is None
    assert bootstrapped(place, SIGNER).endswith("nothing to do")
    place.run("ALTER TABLE private_keys DROP KEY gun_role")
    assert mariadb_server.dump(place) == before


def test_the_index_is_added_while_others_write(mariadb_server):
    place = recorded(mariadb_server, SIGNER)
    mark = "UPDATE private_keys SET last_used = NOW() WHERE id = 1"
    with closing(place.connect(autocommit=True)) as other, other.cursor() as cursor:
        cursor.execute(mark)
        with ThreadPoolExecutor(1) as threads:
            done = threads.submit(bootstrapped, place, SIGNER)
            while not done.done():
                cursor.execute(mark)
            assert "added index" in done.result()


def test_what_was_created_is_not_created_again(mariadb_server, place):
    bootstrapped(place, SERVER)
    before = mariadb_server.dump(place)
    assert "nothing to do" in bootstrapped(place, SERVER)
    assert mariadb_server.dump(place) == before


def test_of_many_at_once_one_does_the_work_and_all_succeed(place):
    server_at(place, 1)
    ready = threading.Barrier(4)

    def one() -> str:
        ready.wait()
        return bootstrapped(place, SERVER)

    with ThreadPoolExecutor(4) as threads:
        said = [future.result() for future in [threads.submit(one) for _ in range(4)]]
    assert sum("nothing to do" in line for line in said) == 3
    assert sum("upgraded from version 1" in line for line in said) == 1
    assert place.run(VERSION) == [(5, 0)]


def test_a_server_that_may_only_read_and_write_rows_can_check(place):
    plain = place.plain()
    assert problem(plain, SERVER) == (
        "the schema of the database is missing:"
        " run notary-server -bootstrap -config FILE"
    )
    server_at(place, 3)
    assert problem(plain, SERVER) == (
        "the schema of the database is at version 3 of 5:"
        " run notary-server -bootstrap -config FILE"
    )
    bootstrapped(place, SERVER)
    assert problem(plain, SERVER) is None
    with pytest.raises(pymysql.OperationalError, match="denied"):
        plain.run("CREATE TABLE another (id int)")


def test_the_schema_at_an_address_is_made_and_checked(place):
    dsn = parse_dsn(f"{place.dsn}?readTimeout=1s")
    assert "is missing" in (mysql_schema.check(dsn, SERVER) or "")
    assert "created" in mysql_schema.bootstrap(dsn, SERVER)
    assert mysql_schema.check(dsn, SERVER) is None


def test_an_upgrade_may_take_longer_than_the_server_waits_for_a_query(place):
    server_at(place, 4)
    dsn = parse_dsn(f"{place.dsn}?readTimeout=200ms")
    with closing(place.connect()) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLES tuf_files WRITE")
        with ThreadPoolExecutor(1) as threads:
            patient = threads.submit(mysql_schema.bootstrap, dsn, SERVER)
            wait_for_statement(place, "INSERT INTO `changefeed`")
            with pytest.raises(TimeoutError):
                patient.result(timeout=0.5)
            cursor.execute("UNLOCK TABLES")
            assert "upgraded from version 4" in patient.result()
