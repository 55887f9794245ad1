"""Lost connections and lost answers: what is repeated, and what is not done twice."""

import pytest
from attrs import evolve

from notary.settings.dsn import parse_dsn
from notary.signing.keystore import KeyExists
from notary.storage.mysql import PoolLimits
from notary.storage.sql import SQLStore
from notary.storage.sql_keys import SQLKeyStore
from notary.storage.store import StorageError, VersionExists
from tests.cutting_proxy import cutting_proxy
from tests.mysql_databases import dsn_of
from tests.reading import newest_file
from tests.running import free_port
from tests.signing.keystore_contract import ROW
from tests.storage.samples import GUN, LATER, NOW, outcomes, publication

IMPATIENT = PoolLimits(retry=0.0)


@pytest.fixture
def proxy(place):
    with cutting_proxy(place.port) as proxy:
        yield proxy


@pytest.fixture
def through_proxy(open_dsn, place, proxy):
    """Open the database behind the proxy."""
    behind = evolve(place, port=proxy.port)
    return lambda **options: open_dsn(dsn_of(behind), **options)


def test_a_publish_whose_commit_was_lost_with_its_answer_succeeds(
    run, through_proxy, proxy, place
):
    store = SQLStore(through_proxy())
    first, second = publication(1), publication(2)
    run(store.publish(GUN, first, None, NOW))
    proxy.lose_answers = 1
    run(store.publish(GUN, second, first[-1].sha256, NOW))
    assert proxy.lose_answers == 0
    assert [change.version for change in run(store.changes(GUN, 10))] == [1, 2]
    assert place.run("SELECT COUNT(*) FROM tuf_files") == [(6,)]


def test_a_publish_whose_commit_never_arrived_is_repeated(run, through_proxy, proxy):
    store = SQLStore(through_proxy())
    proxy.lose_commits = 2
    run(store.publish(GUN, publication(1), None, NOW))
    assert proxy.lose_commits == 0
    assert [change.version for change in run(store.changes(GUN, 10))] == [1]


def test_a_publish_in_doubt_is_no_excuse_for_another_one(
    run, through_proxy, proxy, open_mysql_database
):
    rival = SQLStore(open_mysql_database())

    store = SQLStore(through_proxy(limits=IMPATIENT))
    proxy.lose_commits = 1
    with pytest.raises(StorageError):
        run(store.publish(GUN, publication(1, "mine"), None, NOW))
    run(rival.publish(GUN, publication(1, "other"), None, NOW))
    with pytest.raises(VersionExists):
        run(store.publish(GUN, publication(1, "mine"), None, NOW))


def test_an_equal_publish_of_somebody_else_is_not_taken_for_ones_own(
    run, open_mysql_database
):
    store = SQLStore(open_mysql_database())
    run(store.publish(GUN, publication(1), None, NOW))
    with pytest.raises(VersionExists):
        run(store.publish(GUN, publication(1), None, NOW))


def test_a_deletion_whose_answer_was_lost_succeeds(run, through_proxy, proxy):
    store = SQLStore(through_proxy())
    run(store.publish(GUN, publication(1), None, NOW))
    proxy.lose_answers = 1
    assert run(store.delete(GUN, LATER)) is True
    assert len(run(store.changes(GUN, 10))) == 2
    proxy.lose_answers = 1
    assert run(store.delete(GUN, LATER)) is False


def test_a_key_whose_answer_was_lost_is_stored_once(run, open_dsn, mysql_places):
    with cutting_proxy(mysql_places.signer.port) as proxy:
        behind = evolve(mysql_places.signer, port=proxy.port)
        keys = SQLKeyStore(open_dsn(dsn_of(behind)))
        proxy.lose_answers = 1
        run(keys.insert(ROW, NOW))
        assert run(keys.by_id(ROW.key_id)) == ROW
        with pytest.raises(KeyExists):
            run(keys.insert(ROW, NOW))


def test_connections_that_died_between_requests_are_replaced(
    run, through_proxy, proxy, notes
):
    store = SQLStore(through_proxy(observe=notes))
    run(outcomes(newest_file(store, GUN, "root") for _ in range(20)))
    run(store.publish(GUN, publication(1), None, NOW))
    proxy.cut()
    found = run(outcomes(newest_file(store, GUN, "targets") for _ in range(20)))
    assert [file.version for file in found] == [1] * 20
    proxy.cut()
    run(store.publish("b", publication(1), None, NOW))
    assert notes.errors()


def test_a_server_that_is_not_there_is_said_soon(run, open_dsn):
    dsn = parse_dsn(f"user:secret@tcp(127.0.0.1:{free_port()})/db")
    store = SQLStore(open_dsn(dsn))
    for _ in range(2):
        with pytest.raises(StorageError) as raised:
            run(newest_file(store, GUN, "root"))
        assert str(raised.value) == (
            "the database cannot be reached: 2003 CR_CONN_HOST_ERROR"
        )


def test_the_next_server_of_the_list_is_used_when_one_is_not_there(
    run, open_dsn, place
):
    dead = free_port()
    address = f"tcp(127.0.0.1:{dead},127.0.0.1:{place.port})"
    text = place.plain().dsn.replace(f"tcp(127.0.0.1:{place.port})", address)
    store = SQLStore(open_dsn(parse_dsn(text)))
    run(store.publish(GUN, publication(1), None, NOW))
    assert run(newest_file(store, GUN, "targets")).version == 1


def test_the_next_server_is_used_when_the_first_one_goes(run, open_dsn, place):
    with cutting_proxy(place.port) as first, cutting_proxy(place.port) as second:
        address = f"tcp(127.0.0.1:{first.port},127.0.0.1:{second.port})"
        text = place.plain().dsn.replace(f"tcp(127.0.0.1:{place.port})", address)
        store = SQLStore(open_dsn(parse_dsn(text)))
        run(store.publish(GUN, publication(1), None, NOW))
        assert (first.accepted, second.accepted) == (1, 0)
        first.stop()
        run(store.publish("b", publication(1), None, NOW))
        assert run(newest_file(store, "b", "targets")).version == 1
        assert second.accepted == 2


def test_a_moved_key_whose_answer_or_commit_was_lost_is_moved_once(
    run, open_dsn, mysql_places
):
    with cutting_proxy(mysql_places.signer.port) as proxy:
        behind = evolve(mysql_places.signer, port=proxy.port)
        keys = SQLKeyStore(open_dsn(dsn_of(behind)))
        run(keys.insert(ROW, NOW))
        proxy.lose_answers = 1
        assert run(keys.replace_private(ROW, "new", "two", NOW)) is True
        moved = evolve(ROW, private="new", passphrase_alias="two")
        assert run(keys.by_id(ROW.key_id)) == moved
        proxy.lose_commits = 1
        assert run(keys.replace_private(moved, "newer", "one", NOW)) is True
        assert run(keys.by_id(ROW.key_id)).private == "newer"
