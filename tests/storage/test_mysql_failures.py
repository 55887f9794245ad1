"""Locks, limits and refusals of the server: what is repeated, and what is said."""

import threading
from contextlib import closing

import pytest
from attrs import evolve

from notary.settings.dsn import parse_dsn
from notary.storage import statements
from notary.storage.mysql import PoolLimits
from notary.storage.mysql_connect import Deadlines
from notary.storage.sql import SQLStore
from notary.storage.store import StorageError
from tests.reading import newest_file
from tests.storage.observer import Notes
from tests.storage.samples import GUN, NOW, new, outcomes, publication

IMPATIENT = PoolLimits(retry=0.0)


PROCESSES = """SELECT id FROM information_schema.processlist
    WHERE user = 'plain' AND id <> CONNECTION_ID()"""


def test_a_connection_killed_in_the_middle_is_repeated(
    run, open_mysql_database, place, notes
):
    database = open_mysql_database(observe=notes)
    attempts = []

    def work(transaction):
        attempts.append(transaction.row("SELECT CONNECTION_ID()")[0])
        if len(attempts) == 1:
            place.run(f"KILL CONNECTION {attempts[0]}")
        return transaction.row("SELECT 7")[0]

    assert run(database.ask(work)) == 7
    assert len(set(attempts)) == 2
    assert [note for note in notes.all if note[0] == "read"][-1] == ("read", None, 1)


def test_an_interrupted_statement_is_repeated(run, open_mysql_database, place):
    database = open_mysql_database()
    attempts = []

    def work(transaction):
        number = transaction.row("SELECT CONNECTION_ID()")[0]
        attempts.append(number)
        if len(attempts) == 1:
            threading.Timer(0.2, place.run, (f"KILL QUERY {number}",)).start()
            transaction.row("SELECT SLEEP(20), id FROM changefeed")
        return 7

    place.run("INSERT INTO changefeed (gun, version) VALUES ('a', 1)")
    assert run(database.ask(work)) == 7
    assert len(attempts) == 2


def test_a_lock_of_somebody_else_is_waited_for_and_then_given_up(
    run, open_mysql_database, place, notes
):
    store = SQLStore(open_mysql_database(deadlines=Deadlines(lock=1), limits=IMPATIENT))
    patient = SQLStore(open_mysql_database(deadlines=Deadlines(lock=1), observe=notes))
    first = publication(1)
    run(store.publish(GUN, first, None, NOW))
    with closing(place.connect()) as other, other.cursor() as cursor:
        cursor.execute("SELECT * FROM tuf_files FOR UPDATE")
        assert run(newest_file(store, GUN, "targets")).version == 1
        with pytest.raises(StorageError, match="1205 LOCK_WAIT_TIMEOUT"):
            run(store.publish(GUN, publication(2), first[-1].sha256, NOW))
        release = threading.Timer(1.5, other.rollback)
        release.start()
        run(patient.publish(GUN, publication(2), first[-1].sha256, NOW))
        release.join()
    assert run(newest_file(store, GUN, "targets")).version == 2
    assert "1205 LOCK_WAIT_TIMEOUT" in notes.errors()


def test_a_deadlock_is_repeated_until_both_are_done(run, open_mysql_database, notes):
    database = open_mysql_database(observe=notes)
    run(SQLStore(database).publish("a", publication(1), None, NOW))
    run(SQLStore(database).publish("b", publication(1), None, NOW))
    meeting = threading.Barrier(2, timeout=10)
    lock = "SELECT id FROM tuf_files WHERE gun = :gun FOR UPDATE"

    def locking(first, second):
        attempts = []

        def work(transaction):
            attempts.append(transaction.rows(lock, gun=first))
            if len(attempts) == 1:
                meeting.wait()
            transaction.rows(lock, gun=second)
            return len(attempts)

        return work

    async def both():
        return await outcomes(
            [database.write(locking("a", "b")), database.write(locking("b", "a"))]
        )

    assert sorted(run(both())) == [1, 2]
    assert notes.errors().count("1213 LOCK_DEADLOCK") == 2


def test_when_all_connections_are_busy_requests_are_refused_soon(
    run, open_mysql_database
):
    limits, notes = PoolLimits(connections=1, max_waiting=3, wait=0.2), Notes()
    database = open_mysql_database(limits=limits, observe=notes)
    held, release = threading.Event(), threading.Event()

    def hold(transaction):
        held.set()
        assert release.wait(20)
        return transaction.row("SELECT 7")[0]

    async def exhaust():
        results = await outcomes(
            [database.ask(hold), *(_seven(database, release) for _ in range(4))]
        )
        return results, database.running

    results, running = run(exhaust())
    assert results[0] == 7
    assert sorted(str(each) for each in results[1:]) == [
        "all connections to the database are busy",
        "all connections to the database are busy",
        "too many requests wait for the database",
        "too many requests wait for the database",
    ]
    assert notes.errors() == ["no connection"] * 4
    assert running == {"read": 0, "write": 0}
    assert run(database.ask(lambda one: one.row("SELECT 8")[0])) == 8


async def _seven(database, release):
    try:
        return await database.ask(lambda transaction: transaction.row("SELECT 7")[0])
    finally:
        if database.running["read"] == 1:
            release.set()


@pytest.mark.parametrize("change", [{"user": "nobody"}, {"name": "nowhere"}])
def test_a_refusal_names_neither_user_nor_database(run, open_dsn, place, change):
    store = SQLStore(open_dsn(parse_dsn(evolve(place, **change).dsn)))
    with pytest.raises(StorageError) as raised:
        run(newest_file(store, GUN, "root"))
    assert str(raised.value).startswith("the database cannot be reached: 10")
    for secret in ("nobody", "nowhere", "p@ss", "127.0.0.1"):
        assert secret not in str(raised.value)
    assert raised.value.__cause__ is None


def test_an_error_names_no_value(run, open_mysql_database):
    def work(transaction):
        transaction.rows("SELECT * FROM nowhere WHERE gun = :gun", gun="secret")

    with pytest.raises(StorageError) as raised:
        run(open_mysql_database().ask(work))
    assert str(raised.value) == "the database failed: 1146 NO_SUCH_TABLE"
    assert raised.value.__cause__ is None


def test_a_file_beyond_the_limit_of_the_server_is_refused_clearly(
    run, open_mysql_database, place
):
    (old,) = place.run("SELECT @@global.max_allowed_packet")[0]
    place.run("SET GLOBAL max_allowed_packet = 1048576")
    try:
        store = SQLStore(open_mysql_database())
        files = [new("targets", 1, b"x" * 1_048_000), new("timestamp", 1)]
        with pytest.raises(StorageError) as raised:
            run(store.publish(GUN, files, None, NOW))
        assert str(raised.value) == (
            "a file is too large for the database, whose max_allowed_packet"
            " is 1048576 bytes"
        )
        assert run(newest_file(store, GUN, "timestamp")) is None
        files = [new("targets", 1, b"x" * 1_000_000), new("timestamp", 1)]
        run(store.publish(GUN, files, None, NOW))
    finally:
        place.run(f"SET GLOBAL max_allowed_packet = {old}")


@pytest.mark.parametrize("filling", [b'"\\', b"\xff\x00"])
def test_a_file_of_16_mib_is_stored(run, open_mysql_database, place, filling):
    (old,) = place.run("SELECT @@global.max_allowed_packet")[0]
    place.run("SET GLOBAL max_allowed_packet = 67108864")
    try:
        store = SQLStore(open_mysql_database())
        file = new("targets", 1, filling * (8 * 1024 * 1024))
        run(store.publish(GUN, [file, new("timestamp", 1)], None, NOW))
        assert run(newest_file(store, GUN, "targets")).data == file.data
    finally:
        place.run(f"SET GLOBAL max_allowed_packet = {old}")


def test_a_read_only_server_serves_and_refuses_writes(run, open_mysql_database, place):
    store = SQLStore(open_mysql_database(limits=IMPATIENT))
    run(store.publish(GUN, publication(1), None, NOW))
    place.run("SET GLOBAL read_only = 1")
    try:
        assert run(newest_file(store, GUN, "targets")).version == 1
        with pytest.raises(StorageError, match="1290"):
            run(store.publish("b", publication(1), None, NOW))
    finally:
        place.run("SET GLOBAL read_only = 0")
    run(store.publish("b", publication(1), None, NOW))


def test_connections_are_renewed_when_they_are_old(run, open_mysql_database):
    database = open_mysql_database(deadlines=Deadlines(age=0.0))
    ids = [
        run(database.ask(lambda one: one.row("SELECT CONNECTION_ID()")[0]))
        for _ in range(2)
    ]
    assert len(set(ids)) == 2


def test_each_statement_is_observed_by_its_name(run, open_mysql_database, notes):
    store = SQLStore(open_mysql_database(observe=notes))
    run(store.publish(GUN, [new("timestamp", 1)], None, NOW))
    names = [name for name, _, _ in notes.all]
    assert names == [
        *("other", "claim_gun", "release_gun", "newest_of_role"),
        *("insert_file", "insert_change", "write"),
    ]
    assert statements.name_of(statements.WITH_VERSION) == "with_version"


def test_closing_leaves_no_connection(run, open_mysql_database, place):
    database = open_mysql_database()
    run(SQLStore(database).publish(GUN, publication(1), None, NOW))
    run(database.close())
    while place.run(PROCESSES):
        pass
