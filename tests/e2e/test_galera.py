"""Two servers on a Galera cluster that loses a node under load and gets it back."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest

from notary.storage import transactions
from notary.storage.sql import SQLStore
from notary.storage.store import VersionExists
from tests.galera import Cluster, cluster
from tests.load import Link, Load, Outcome, Repository, create_repository, verify
from tests.mariadb import Place
from tests.mysql_databases import dsn_of
from tests.our_server import bootstrap, our_server
from tests.reading import newest_file
from tests.storage.samples import GUN, NOW, publication

SECONDS = 60
WAITING = """SELECT COUNT(*) FROM information_schema.processlist
    WHERE info LIKE 'SELECT 0 AS number, role, version%'"""


@pytest.fixture(scope="module")
def galera(tmp_path_factory):
    with cluster(tmp_path_factory.mktemp("galera")) as made:
        yield made


@pytest.fixture
def place(galera, tmp_path) -> Place:
    made = galera.create_database()
    bootstrap(tmp_path, listing(galera, made, 0))
    return made


def listing(galera: Cluster, place: Place, first: int) -> str:
    """Return the address with all nodes, beginning with this one."""
    nodes = galera.nodes[first:] + galera.nodes[:first]
    hosts = ",".join(f"127.0.0.1:{node.port}" for node in nodes)
    one = f"127.0.0.1:{place.port}"
    assert one in place.dsn
    return place.dsn.replace(one, hosts)


def contents(galera: Cluster, place: Place) -> list:
    """Return the checksums of both tables on every node, when it is up to date."""
    return [
        node.at(place).run(
            "SET SESSION wsrep_sync_wait = 7",
            f"CHECKSUM TABLE {place.name}.tuf_files, {place.name}.changefeed",
        )
        for node in galera.nodes
    ]


def test_a_read_on_another_node_waits_for_what_was_acknowledged_before(
    run, open_dsn, galera, place
):
    first, last = galera.nodes[0], galera.nodes[-1]
    writer, reader = (
        SQLStore(open_dsn(dsn_of(node.at(place)))) for node in (first, last)
    )
    assert run(newest_file(reader, GUN, "targets")) is None
    with (
        ThreadPoolExecutor() as threads,
        closing(last.at(place).connect(autocommit=True)) as lagging,
        lagging.cursor() as cursor,
    ):
        cursor.execute("FLUSH TABLES WITH READ LOCK")
        run(writer.publish(GUN, publication(1), None, NOW))
        reading = threads.submit(lambda: run(newest_file(reader, GUN, "targets")))
        wait_until_it_waits(cursor, reading)
        cursor.execute("UNLOCK TABLES")
        assert reading.result().version == 1


def wait_until_it_waits(cursor, reading: Future) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        assert not reading.done(), reading.result()
        cursor.execute(WAITING)
        if cursor.fetchone() == (1,):
            return
    raise AssertionError("the read neither waits nor ends")


def test_a_certification_conflict_is_repeated_and_finds_what_the_winner_stored(
    run, open_dsn, galera, place
):
    loser, winner = (open_dsn(dsn_of(node.at(place))) for node in galera.nodes[:2])
    stores = SQLStore(loser), SQLStore(winner)
    claimed, published = threading.Event(), threading.Event()
    attempts = []

    def late(transaction):
        attempts.append(transaction)
        transaction.claim_gun(GUN)
        claimed.set()
        assert published.wait(SECONDS)
        transactions.publish(transaction, GUN, publication(1, "late"), None, NOW)

    with ThreadPoolExecutor() as threads:
        losing = threads.submit(lambda: run(loser.write(late)))
        try:
            assert claimed.wait(SECONDS)
            run(stores[1].publish(GUN, publication(1, "early"), None, NOW))
        finally:
            published.set()
        with pytest.raises(VersionExists):
            losing.result()
    assert len(attempts) > 1
    for store in stores:
        assert run(newest_file(store, GUN, "targets")).data == b"targets 1 early"
        assert len(run(store.changes(None, 10))) == 1


def test_nothing_is_lost_when_a_node_is_killed_under_load_and_rejoins(
    galera, place, tmp_path
):
    with ExitStack() as stack:
        servers = [
            stack.enter_context(our_server(tmp_path / name, listing(galera, place, n)))
            for n, name in enumerate(("first", "second"))
        ]
        links = [stack.enter_context(closing(Link(each.port))) for each in servers]
        loads = [
            Load([link.port for link in links], repositories(links[0], kind), **options)
            for kind, options in (("own", {"readers": 1}), ("shared", {"competing": 2}))
        ]
        with loads[0], loads[1]:
            go_on(loads)
            galera.nodes[0].kill()
            killed = time.monotonic()
            go_on(loads)
            galera.rejoin(galera.nodes[0])
            go_on(loads)
        assert all(server.is_alive for server in servers)
        for load in loads:
            assert_went_on(load, killed)
            for link in links:
                verify(load, link)
    checksums = contents(galera, place)
    assert checksums[1:] == checksums[:-1]
    assert place.run("SELECT COUNT(*) FROM tuf_files WHERE role = ''") == [(0,)]
    check_changes(place)


def check_changes(place: Place) -> None:
    """Check that every version of every repository was told, once and in order."""
    changes = place.run("SELECT gun, version FROM changefeed ORDER BY id")
    assert changes
    for gun in {gun for gun, _ in changes}:
        versions = [version for each, version in changes if each == gun]
        assert versions == list(range(1, len(versions) + 1)), gun


def repositories(link: Link, kind: str) -> list[Repository]:
    return [create_repository(link, f"example.com/{kind}{n}") for n in range(2)]


def go_on(loads: list[Load]) -> None:
    """Wait until every load has got something done."""
    for load in loads:
        load.record.wait_for_more(SECONDS, publishes=15, walks=10)


def assert_went_on(load: Load, since: float) -> None:
    """Every request was answered, and each server has done its work since then."""
    record = load.record
    assert all(each.outcome is not Outcome.UNREACHABLE for each in record.attempts)
    assert all(each.outcome is not Outcome.UNREACHABLE for each in record.walks)
    for events in (record.attempts, record.walks):
        done = {
            each.port
            for each in events
            if each.outcome is Outcome.DONE and each.began > since
        }
        assert done == set(load.ports)
