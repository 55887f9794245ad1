"""Servers of the tests' own: stopped, killed, silent, or reached by their socket."""

import shutil
import threading
import time
from functools import partial

import pytest

from notary.settings.dsn import parse_dsn
from notary.storage.mysql import PoolLimits
from notary.storage.mysql_connect import Deadlines
from notary.storage.sql import SQLStore
from notary.storage.store import StorageError
from tests.mariadb import PASSWORD, PLAIN, MariaDB
from tests.mysql_databases import dsn_of, make_places
from tests.storage.samples import GUN, NOW, outcomes, publication

LIMIT_SECONDS = 30


@pytest.fixture(scope="module")
def own_server(tmp_path_factory):
    """A server that the tests of this module may restart."""
    folder = tmp_path_factory.mktemp("own")
    server = MariaDB(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def own_places(own_server):
    return make_places(own_server)


@pytest.fixture
def place(own_places):
    own_places.empty()
    return own_places.server


def test_a_restarted_server_is_noticed_and_used_again(run, open_dsn, own_server, place):
    store = SQLStore(open_dsn(dsn_of(place)))
    run(outcomes(store.newest(GUN, "root") for _ in range(20)))
    run(store.publish(GUN, publication(1), None, NOW))
    own_server.stop()
    own_server.start()
    found = run(outcomes(store.newest(GUN, "targets") for _ in range(20)))
    assert [file.version for file in found] == [1] * 20


def test_while_a_server_is_down_requests_fail_and_then_go_on(
    run, open_dsn, own_server, place
):
    store = SQLStore(open_dsn(dsn_of(place)))
    run(store.publish(GUN, publication(1), None, NOW))
    own_server.kill()
    try:
        for _ in range(3):
            with pytest.raises(StorageError, match="cannot be reached"):
                run(store.newest(GUN, "targets"))
            with pytest.raises(StorageError, match="cannot be reached"):
                run(store.publish("b", publication(1), None, NOW))
    finally:
        own_server.start()
    assert eventually(lambda: run(store.newest(GUN, "targets"))).version == 1
    run(store.publish("b", publication(1), None, NOW))


def eventually(question):
    """Ask until there is an answer."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        try:
            return question()
        except StorageError:
            assert time.monotonic() < deadline


def test_no_acknowledged_publish_is_lost_when_the_server_is_killed(
    run, open_dsn, own_server, place
):
    stores = [SQLStore(open_dsn(dsn_of(place))) for _ in range(2)]
    acknowledged = []

    def publish_until_it_fails():
        base = None
        for version in range(1, 10_000):
            files = publication(version)
            try:
                run(stores[version % 2].publish(GUN, files, base, NOW))
            except StorageError:
                return
            acknowledged.append(version)
            base = files[-1].sha256
            if version == 20:
                killer.start()

    killer = threading.Thread(target=own_server.kill)
    try:
        publish_until_it_fails()
        killer.join()
    finally:
        own_server.start()
    changes = eventually(lambda: run(stores[0].changes(GUN, 10_000)))
    stored = [change.version for change in changes]
    assert stored[: len(acknowledged)] == acknowledged
    assert len(stored) - len(acknowledged) in (0, 1)
    for role in ("targets", "snapshot", "timestamp"):
        ask = partial(stores[1].newest, GUN, role)
        assert eventually(lambda ask=ask: run(ask())).version == stored[-1]


def test_a_silent_server_is_not_waited_for(run, open_dsn, own_server, place):
    deadlines = Deadlines(connect=0.3, read=0.3, write=0.3)
    store = SQLStore(
        open_dsn(dsn_of(place), deadlines=deadlines, limits=PoolLimits(retry=1.0))
    )
    run(store.publish(GUN, publication(1), None, NOW))
    own_server.pause()
    try:
        for _ in range(2):
            with pytest.raises(StorageError):
                run(store.newest(GUN, "targets"))
    finally:
        own_server.resume()
    assert eventually(lambda: run(store.newest(GUN, "targets"))).version == 1


def test_a_socket_is_a_way_to_a_server(run, open_dsn, own_server, place):
    place.run(
        f"CREATE OR REPLACE USER {PLAIN}@localhost IDENTIFIED BY '{PASSWORD}'",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON *.* TO {PLAIN}@localhost",
    )
    text = f"{PLAIN}:{PASSWORD}@unix({own_server.socket})/{place.name}"
    store = SQLStore(open_dsn(parse_dsn(text), limits=PoolLimits(connections=1)))
    run(store.publish(GUN, publication(1), None, NOW))
    assert run(store.newest(GUN, "targets")).version == 1
