"""The embedded database: durable, shared by processes, and its owner's alone."""

import os
import re
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from notary.storage import statements
from notary.storage.sql import SQLStore
from notary.storage.sqlite import open_sqlite
from notary.storage.store import StorageError
from tests.reading import newest_file
from tests.storage.contract import MetadataStoreContract
from tests.storage.samples import GUN, NOW, outcomes, publication


class TestSQLStoreOnSQLite(MetadataStoreContract):
    @pytest.fixture
    def stores(self, open_database):
        return SQLStore(open_database()), SQLStore(open_database())


def test_everything_is_still_there_after_reopening(run, open_database):
    first = open_database()
    store = SQLStore(first)
    run(store.publish(GUN, publication(1), None, NOW))
    feed = run(store.changes(None, 10))
    run(first.close())
    store = SQLStore(open_database())
    assert run(newest_file(store, GUN, "targets")).data == publication(1)[0].data
    assert run(store.changes(None, 10)) == feed


def test_ids_of_changes_are_never_used_twice(run, open_database, other):
    database = open_database()
    run(SQLStore(database).publish(GUN, publication(1), None, NOW))
    run(SQLStore(database).delete(GUN, NOW))
    run(database.close())
    other.execute("DELETE FROM changefeed")
    store = SQLStore(open_database())
    run(store.publish(GUN, publication(1), None, NOW))
    assert [change.id for change in run(store.changes(None, 10))] == [3]


def test_times_are_kept_as_whole_seconds_of_utc(run, open_database, other):
    store = SQLStore(open_database())
    now = NOW.replace(microsecond=999_999)
    run(store.publish(GUN, publication(1), None, now))
    files = other.execute("SELECT DISTINCT created_at, updated_at FROM tuf_files")
    assert files.fetchall() == [("2026-11-22 10:50:03", "2026-11-22 10:50:03")]
    changes = other.execute("SELECT created_at FROM changefeed")
    assert changes.fetchall() == [("2026-11-22 10:50:03",)]
    assert run(newest_file(store, GUN, "targets")).created_at == NOW


def test_the_file_belongs_to_its_owner_alone(run, open_database, path):
    previous = os.umask(0)
    try:
        database = open_database()
        run(SQLStore(database).publish(GUN, publication(1), None, NOW))
        modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(previous)
    assert modes == {0o600}


def test_closing_leaves_nothing_but_the_database_file(run, open_database, path):
    database = open_database()
    run(SQLStore(database).publish(GUN, publication(1), None, NOW))
    run(database.close())
    assert list(path.parent.iterdir()) == [path]


def test_closing_waits_for_what_runs_and_refuses_what_comes(run, open_database):
    database = open_database()
    store = SQLStore(database)

    async def close_amid():
        return await outcomes(
            [
                store.publish(GUN, publication(1), None, NOW),
                database.close(),
                newest_file(store, GUN, "targets"),
                database.close(),
            ]
        )

    published, closed, refused, again = run(close_amid())
    assert (published, closed, again) == (None, None, None)
    assert isinstance(refused, StorageError)
    assert run(newest_file(SQLStore(open_database()), GUN, "targets")).version == 1


def test_many_may_open_a_new_file_at_once(path):
    with ThreadPoolExecutor(8) as threads:
        openers = [threads.submit(_bootstrap, path) for _ in range(8)]
    assert [opener.result() for opener in openers] == [None] * 8


def _bootstrap(path):
    open_sqlite(path)


def test_the_embedded_database_is_durable_and_in_wal_mode(run, open_database):
    def pragmas(transaction):
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [transaction.row(f"PRAGMA {name}")[0] for name in names]

    database = open_database()
    assert run(database.write(pragmas)) == ["wal", 2, 1]
    assert run(database.ask(pragmas)) == ["wal", 2, 1]


def test_a_reading_transaction_cannot_write(run, open_database):
    database = open_database()
    with pytest.raises(StorageError):
        run(database.ask(lambda transaction: transaction.run("DELETE FROM tuf_files")))


def test_every_query_is_answered_from_an_index(path):
    open_sqlite(path)
    with closing(sqlite3.connect(path)) as connection:
        for name, sql in vars(statements).items():
            if name.isupper() and not name.startswith("_"):
                parameters = dict.fromkeys(re.findall(r":(\w+)", sql), 1)
                plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
                steps = [row[3] for row in plan]
                scans = {step for step in steps if step.startswith("SCAN")}
                # A page is put together before its files are looked up.
                assert scans <= {"SCAN newest"}, name


def test_a_checksum_is_looked_up_in_its_own_index(path):
    """The index on the checksum is chosen over all versions of the role."""
    open_sqlite(path)
    with closing(sqlite3.connect(path)) as connection:
        parameters = dict.fromkeys(("gun", "role", "sha256", "number"), "x")
        plan = connection.execute(
            f"EXPLAIN QUERY PLAN {statements.AT_PLACE}", parameters
        )
        assert "idx_tuf_files_sha256" in plan.fetchone()[3]
