"""The store on MySQL: names that only look alike, times, and bytes as they were."""

import re

import pytest

from notary.storage import statements
from notary.storage.mysql import MySQLDialect
from notary.storage.sql import SQLStore
from notary.storage.store import StorageError, VersionExists
from tests.mysql_databases import dsn_of
from tests.reading import newest_file
from tests.storage.contract import MetadataStoreContract
from tests.storage.samples import GUN, LATER, LOOK_ALIKES, NOW, new, publication


class TestSQLStoreOnMySQL(MetadataStoreContract):
    @pytest.fixture
    def stores(self, open_mysql_database):
        return SQLStore(open_mysql_database()), SQLStore(open_mysql_database())

    @pytest.mark.parametrize(("stored", "asked"), LOOK_ALIKES)
    def test_a_gun_that_only_looks_alike_is_another(self, run, store, stored, asked):
        """The unique index, which is not ours, takes the same version only once."""
        files = publication(1)
        run(store.publish(stored, files, None, NOW))
        wanted = {"targets": files[0].sha256}
        assert run(newest_file(store, asked, "targets")) is None
        assert run(store.with_version(asked, "targets", 1)) is None
        assert run(store.find([(asked, "targets", files[0].sha256)])) == {}
        assert run(store.present(asked, wanted)) == set()
        assert run(store.changes(asked, 10)) == []
        assert run(store.delete(asked, NOW)) is False
        run(store.publish(asked, publication(2), None, NOW))
        assert run(newest_file(store, asked, "targets")).version == 2
        assert run(newest_file(store, stored, "targets")).version == 1
        assert run(store.delete(asked, NOW)) is True
        assert run(newest_file(store, stored, "targets")).data == files[0].data

    def test_a_gun_that_the_index_takes_for_another_is_refused(self, run, store):
        run(store.publish("a", publication(1), None, NOW))
        with pytest.raises(VersionExists):
            run(store.publish("A", publication(1), None, NOW))
        assert run(newest_file(store, "A", "targets")) is None
        assert len(run(store.changes(None, 10))) == 1

    @pytest.mark.parametrize("name", ["\U0001f511", "a\U00010000"])
    def test_a_character_of_four_bytes_cannot_be_stored(self, run, store, name):
        assert run(newest_file(store, name, "targets")) is None
        assert run(store.present(GUN, {name: "0" * 64})) == set()
        assert run(store.changes(name, 10)) == []
        assert run(store.delete(name, NOW)) is False
        with pytest.raises(StorageError):
            run(store.publish(name, publication(1), None, NOW))

    @pytest.mark.parametrize(
        "data",
        [
            bytes(range(256)),
            b"\\'\"\0\n\r\x1a%s%(gun)s:gun`;--",
            "\U0001f511 \u00e9 \ufeff".encode(),
            b"\xed\xa0\x80",
            b"",
        ],
    )
    def test_every_byte_comes_back(self, run, store, data):
        file = new("targets", 1, data)
        run(store.publish(GUN, [file, new("timestamp", 1)], None, NOW))
        assert run(newest_file(store, GUN, "targets")).data == file.data

    @pytest.mark.parametrize(
        "name", ["' OR 1=1 -- ", "\\", "%s", "%(gun)s", "a`b", ":x"]
    )
    def test_a_name_is_never_sql(self, run, store, name):
        run(store.publish(name, publication(1), None, NOW))
        run(store.publish("other", publication(1), None, NOW))
        assert run(newest_file(store, name, "targets")).version == 1
        assert run(store.delete(name, NOW)) is True
        assert run(newest_file(store, "other", "targets")).version == 1


def test_times_are_wall_times_of_utc_in_whole_seconds(
    run, open_mysql_database, mysql_places
):
    store = SQLStore(open_mysql_database())
    now = NOW.replace(microsecond=999_999)
    run(store.publish(GUN, publication(1), None, now))
    place = mysql_places.server
    rows = place.run("SELECT DISTINCT CONCAT(created_at, updated_at) FROM tuf_files")
    assert rows == [("2026-11-22 10:50:032026-11-22 10:50:03",)]
    assert place.run("SELECT CONCAT(created_at) FROM changefeed") == [
        ("2026-11-22 10:50:03",)
    ]
    assert run(newest_file(store, GUN, "targets")).created_at == NOW


def test_times_are_wall_times_of_the_zone_of_the_address(run, open_dsn, mysql_places):
    place = mysql_places.server
    store = SQLStore(open_dsn(dsn_of(place, "?loc=Asia%2FTokyo")))
    run(store.publish(GUN, publication(1), None, NOW))
    assert run(newest_file(store, GUN, "targets")).created_at == NOW
    assert place.run("SELECT DISTINCT CONCAT(created_at) FROM tuf_files") == [
        ("2026-11-22 19:50:03",)
    ]


def test_nothing_is_left_of_a_claim(run, open_mysql_database, mysql_places):
    store = SQLStore(open_mysql_database())
    run(store.publish(GUN, publication(1), None, NOW))
    with pytest.raises(VersionExists):
        run(store.publish(GUN, publication(1), None, NOW))
    rows = mysql_places.server.run("SELECT role FROM tuf_files ORDER BY role")
    assert [role for (role,) in rows] == ["snapshot", "targets", "timestamp"]
    run(store.delete(GUN, LATER))
    assert run(store.delete(GUN, LATER)) is False
    assert not mysql_places.server.run("SELECT role FROM tuf_files")


def test_the_modes_of_the_server_change_nothing(run, open_mysql_database, mysql_places):
    place = mysql_places.server
    (old,) = place.run("SELECT @@global.sql_mode")[0]
    place.run(
        "SET GLOBAL sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH'"
    )
    place.run("SET GLOBAL TRANSACTION ISOLATION LEVEL READ UNCOMMITTED")
    try:
        store = SQLStore(open_mysql_database())
        file = new("targets", 1, b"\\'\"")
        run(store.publish("a\\", [file, new("timestamp", 1)], None, NOW))
        assert run(newest_file(store, "a\\", "targets")).data == file.data
        assert run(store.present("a\\", {"targets": file.sha256})) == {"targets"}
    finally:
        place.run(f"SET GLOBAL sql_mode = '{old}'")
        place.run("SET GLOBAL TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def test_a_reading_transaction_cannot_write(run, open_mysql_database):
    database = open_mysql_database()
    with pytest.raises(StorageError):
        run(database.ask(lambda transaction: transaction.run("DELETE FROM tuf_files")))


def test_names_are_compared_exactly_and_by_index():
    adapted = MySQLDialect(NOW.tzinfo).adapt(statements.KEY)
    assert re.sub(r"\s+", " ", adapted).endswith(
        "WHERE key_id = %(key_id)s AND CAST(key_id AS BINARY) ="
        " CAST(%(key_id)s AS BINARY) AND deleted_at IS NULL"
    )
