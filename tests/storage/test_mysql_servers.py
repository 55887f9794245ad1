"""Servers of the tests' own: stopped, killed, silent, or reached by their socket."""

import threading
import time
from contextlib import suppress
from itertools import count

import pytest

from notary.settings.dsn import parse_dsn
from notary.storage.mysql import PoolLimits
from notary.storage.mysql_connect import Deadlines
from notary.storage.sql import SQLStore
from notary.storage.store import StorageError
from tests.mariadb import PASSWORD, PLAIN
from tests.mysql_databases import dsn_of
from tests.reading import newest_file
from tests.storage.samples import GUN, NOW, outcomes, publication

LIMIT_SECONDS = 30


def test_a_restarted_server_is_noticed_and_used_again(
    run, open_dsn, own_mariadb, own_place
):
    store = SQLStore(open_dsn(dsn_of(own_place)))
    run(outcomes(newest_file(store, GUN, "root") for _ in range(20)))
    run(store.publish(GUN, publication(1), None, NOW))
    own_mariadb.stop()
    own_mariadb.start()
    found = run(outcomes(newest_file(store, GUN, "targets") for _ in range(20)))
    assert [file.version for file in found] == [1] * 20


def test_while_a_server_is_down_requests_fail_and_then_go_on(
    run, open_dsn, own_mariadb, own_place
):
    store = SQLStore(open_dsn(dsn_of(own_place)))
    run(store.publish(GUN, publication(1), None, NOW))
    own_mariadb.kill()
    try:
        for _ in range(3):
            with pytest.raises(StorageError, match="cannot be reached"):
                run(newest_file(store, GUN, "targets"))
            with pytest.raises(StorageError, match="cannot be reached"):
                run(store.publish("b", publication(1), None, NOW))
    finally:
        own_mariadb.start()
    assert eventually(lambda: run(newest_file(store, GUN, "targets"))).version == 1
    run(store.publish("b", publication(1), None, NOW))


def eventually(question):
    """Ask until there is an answer."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        try:
            return question()
        except StorageError:
            assert time.monotonic() < deadline


def publish_until_it_fails(run, stores, killer):
    """Publish through both stores in turn, from some point on while the server dies.

    Return the versions that were acknowledged.
    """
    acknowledged, base = [], None
    with suppress(StorageError):
        for version in count(1):
            files = publication(version)
            run(stores[version % 2].publish(GUN, files, base, NOW))
            acknowledged.append(version)
            base = files[-1].sha256
            if version == 20:
                killer.start()
    return acknowledged


def test_no_acknowledged_publish_is_lost_when_the_server_is_killed(
    run, open_dsn, own_mariadb, own_place
):
    stores = [SQLStore(open_dsn(dsn_of(own_place))) for _ in range(2)]
    killer = threading.Thread(target=own_mariadb.kill)
    try:
        acknowledged = publish_until_it_fails(run, stores, killer)
        killer.join()
    finally:
        own_mariadb.start()
    changes = eventually(lambda: run(stores[0].changes(GUN, 10_000)))
    stored = [change.version for change in changes]
    assert stored[: len(acknowledged)] == acknowledged
    assert len(stored) - len(acknowledged) in (0, 1)
    places = [(GUN, role) for role in ("targets", "snapshot", "timestamp")]
    newest = eventually(lambda: run(stores[1].newest_of(places)))
    assert {file.version for file in newest.values()} == {stored[-1]}
    assert newest.keys() == set(places)


def test_a_silent_server_is_not_waited_for(run, open_dsn, own_mariadb, own_place):
    deadlines = Deadlines(connect=0.3, read=0.3, write=0.3)
    store = SQLStore(
        open_dsn(dsn_of(own_place), deadlines=deadlines, limits=PoolLimits(retry=1.0))
    )
    run(store.publish(GUN, publication(1), None, NOW))
    own_mariadb.pause()
    try:
        for _ in range(2):
            with pytest.raises(StorageError):
                run(newest_file(store, GUN, "targets"))
    finally:
        own_mariadb.resume()
    assert eventually(lambda: run(newest_file(store, GUN, "targets"))).version == 1


def test_a_socket_is_a_way_to_a_server(run, open_dsn, own_mariadb, own_place):
    own_place.run(
        f"CREATE OR REPLACE USER {PLAIN}@localhost IDENTIFIED BY '{PASSWORD}'",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON *.* TO {PLAIN}@localhost",
    )
    text = f"{PLAIN}:{PASSWORD}@unix({own_mariadb.socket})/{own_place.name}"
    store = SQLStore(open_dsn(parse_dsn(text), limits=PoolLimits(connections=1)))
    run(store.publish(GUN, publication(1), None, NOW))
    assert run(newest_file(store, GUN, "targets")).version == 1
