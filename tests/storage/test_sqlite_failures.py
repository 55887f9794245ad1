"""The embedded database when its disk, file or schema is not as it should be."""

import sqlite3

import pytest

from notary.storage.database import Database
from notary.storage.pool import connection_pool
from notary.storage.sql import SQLStore
from notary.storage.sqlite import SQLiteDialect, open_sqlite
from notary.storage.store import StorageError, StoredFile
from tests.reading import newest_file
from tests.storage.samples import GUN, LATER, NOW, new, outcomes, publication

ALL_ROLES = "SELECT role FROM tuf_files"


@pytest.fixture
def on_pool(run, path):
    """Open the file with connections of the test's own making."""
    opened = []

    async def open_it(name, prepare, options):
        pools = [
            connection_pool(
                "sqlite3",
                name,
                isolation_level=None,
                check_same_thread=False,
                cp_max=1,
                cp_openfun=prepare,
                **options,
            )
            for _ in range(2)
        ]
        opened.append(Database(SQLiteDialect(), *pools))
        return SQLStore(opened[-1])

    yield lambda name, prepare=None, **options: run(open_it(name, prepare, options))
    for database in opened:
        run(database.close())


def test_a_failure_in_the_middle_of_a_publish_stores_nothing(run, open_database, other):
    store = SQLStore(open_database())
    other.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON changefeed"
        " BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    with pytest.raises(StorageError):
        run(store.publish(GUN, publication(1), None, NOW))
    assert run(newest_file(store, GUN, "targets")) is None
    other.execute("DROP TRIGGER refuse")
    run(store.publish(GUN, publication(1), None, NOW))
    other.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON changefeed"
        " BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    with pytest.raises(StorageError):
        run(store.delete(GUN, LATER))
    assert run(newest_file(store, GUN, "targets")).version == 1


def test_reads_go_on_while_somebody_else_writes(run, open_database, other):
    store = SQLStore(open_database(busy_seconds=0.05))
    run(store.publish(GUN, publication(1), None, NOW))
    other.execute("BEGIN IMMEDIATE")
    other.execute("DELETE FROM tuf_files")
    assert run(newest_file(store, GUN, "targets")).version == 1
    with pytest.raises(StorageError) as raised:
        run(store.publish("b", publication(1), None, NOW))
    assert str(raised.value) == (
        "the database failed: SQLITE_BUSY, another program has locked it"
    )
    other.execute("ROLLBACK")
    run(store.publish("b", publication(1), None, NOW))


def test_more_than_a_bounded_number_of_requests_is_refused(run, open_database):
    store = SQLStore(open_database(max_waiting=3))
    results = run(outcomes(newest_file(store, GUN, "root") for _ in range(5)))
    assert results[:3] == [None] * 3
    assert all(isinstance(each, StorageError) for each in results[3:])


def test_a_full_disk_is_a_storage_error_and_stores_nothing(run, on_pool, path):
    open_sqlite(path)
    store = on_pool(path, lambda c: c.execute("PRAGMA max_page_count = 30"))
    files = [*publication(1), new("root", 1, b"x" * 1_000_000)]
    with pytest.raises(StorageError) as raised:
        run(store.publish(GUN, files, None, NOW))
    assert str(raised.value) == (
        "the database failed: SQLITE_FULL, there is no space left for it"
    )
    assert run(newest_file(store, GUN, "timestamp")) is None


def test_a_read_only_database_serves_and_refuses_writes(run, on_pool, open_database):
    database = open_database()
    run(SQLStore(database).publish(GUN, publication(1), None, NOW))
    (path,) = (row[2] for row in run(database.ask(_files)))
    store = on_pool(f"file:{path}?mode=ro", uri=True)
    assert run(newest_file(store, GUN, "targets")).version == 1
    with pytest.raises(StorageError) as raised:
        run(store.publish("b", publication(1), None, NOW))
    assert str(raised.value) == (
        "the database failed: SQLITE_READONLY, this user may not write to it"
    )


def _files(transaction):
    return transaction.rows("PRAGMA database_list")


def test_a_file_that_is_no_database_is_refused(path):
    path.write_bytes(b"certainly not a database" * 1000)
    with pytest.raises(StorageError) as raised:
        open_sqlite(path)
    assert str(raised.value) == (
        "the database failed: SQLITE_NOTADB, it is no SQLite database"
    )


def test_a_missing_folder_is_a_storage_error_that_names_no_path(tmp_path):
    with pytest.raises(StorageError) as raised:
        open_sqlite(tmp_path / "missing" / "notary.db")
    assert "missing" not in str(raised.value)


def test_a_damaged_file_is_a_storage_error(run, open_database, path):
    database = open_database()
    store = SQLStore(database)
    base = None
    for version in range(1, 20):
        files = publication(version, "x" * 5000)
        run(store.publish(GUN, files, base, NOW))
        base = files[-1].sha256
    run(database.close())
    content = bytearray(path.read_bytes())
    content[4096 * 16 :] = b"\xff" * len(content[4096 * 16 :])
    path.write_bytes(content)
    store = SQLStore(open_database())
    found = run(outcomes(store.with_version(GUN, "targets", v) for v in range(1, 20)))
    assert StorageError in {type(each) for each in found} <= {StoredFile, StorageError}


def test_a_schema_of_another_version_is_refused(path):
    open_sqlite(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE schema_migrations SET version = 6")
    connection.close()
    with pytest.raises(StorageError, match="version 5"):
        open_sqlite(path)


def test_an_unreadable_time_is_a_storage_error(run, open_database, other):
    store = SQLStore(open_database())
    run(store.publish(GUN, publication(1), None, NOW))
    other.execute("UPDATE tuf_files SET created_at = 'yesterday'")
    with pytest.raises(StorageError):
        run(newest_file(store, GUN, "targets"))
    other.execute("UPDATE tuf_files SET created_at = NULL")
    assert run(newest_file(store, GUN, "targets")).created_at.year == 1970


def test_an_error_names_no_value(run, open_database, other):
    database = open_database()
    run(SQLStore(database).publish("secret-gun", publication(1), None, NOW))
    other.execute(
        "UPDATE tuf_files SET role = CAST(X'7365637265742DFF' AS TEXT)"
        " WHERE role = 'targets'"
    )
    with pytest.raises(StorageError) as raised:
        run(database.ask(lambda transaction: transaction.rows(ALL_ROLES)))
    assert str(raised.value) == "the database failed: OperationalError"
    assert raised.value.__cause__ is None
