"""The database goes away under load and comes back: nothing is lost, nobody blamed."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pymysql
import pytest

from notary.storage.mysql import LIMITS
from tests.cutting_proxy import cutting_proxy
from tests.load import Link, Load, Outcome, create_repository, report, tuf, verify
from tests.mariadb import MariaDB
from tests.mysql_databases import on_other_port
from tests.our_server import bootstrap, our_server

SECONDS = 60
BACK_SECONDS = 2.0
"""How soon after the database the service is to be back."""
LOADED = 4
"""How many times longer it may take where other tests want both processors."""
PING_SECONDS = 1.0


@pytest.fixture
def place(own_mariadb, tmp_path):
    """An empty database with a schema."""
    place = own_mariadb.create_database()
    bootstrap(tmp_path, place.dsn)
    return place


@contextmanager
def loaded(place, folder, query="", readers=2):
    """Run a server on the database, as a user without more rights, and a load on it."""
    with our_server(folder / "server", place.plain().dsn + query) as server:
        link = Link(server.port)
        with closing(link):
            guns = [f"example.com/app{number}" for number in range(3)]
            repositories = [create_repository(link, gun) for gun in guns]
            load = Load([server.port], repositories, competing=2, readers=readers)
            yield server, load
            report(f"{verify(load, link)}")
        assert server.is_alive
    assert place.run("SELECT COUNT(*) FROM tuf_files WHERE role = ''") == [(0,)]


def first_connection(place, seconds=SECONDS):
    """Return the time at which the database takes connections again."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with closing(place.connect(connect_timeout=1, read_timeout=1)):
                return time.monotonic()
        except pymysql.MySQLError:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def started_again(database, place):
    """Start the database; return when it took the first connection."""
    with ThreadPoolExecutor(1) as executor:
        first = executor.submit(first_connection, place)
        database.start()
        return first.result(SECONDS)


def gap(load, begun, seconds):
    """Wait for seconds from ``begun``, in which all that begins is a clean 503."""
    load.record.wait(
        SECONDS,
        lambda record: all(
            many[-1].began > begun + seconds for many in (record.attempts, record.walks)
        ),
    )
    outcomes = {one.outcome for one in load.record.within(begun, time.monotonic())}
    assert outcomes == {Outcome.UNAVAILABLE}


def check_every_route_is_unavailable(port, gun):
    """Check that nobody is blamed, and told when to come again."""
    trust = tuf(gun)
    with closing(Link(port)) as link:
        for method, path in (
            ("DELETE", f"{trust}/"),
            ("GET", f"{trust}/root.json"),
            ("GET", f"{trust}/1.root.json"),
            ("GET", f"{trust}/targets.{'0' * 64}.json"),
            ("GET", f"{trust}/timestamp.key"),
            ("POST", f"{trust}/snapshot.key"),
            ("GET", f"/v2/{gun}/_trust/changefeed"),
            ("GET", "/v2/_trust/changefeed"),
        ):
            answer = link.send(method, path)
            assert (answer.status, answer.code) == (503, "UNAVAILABLE"), path
            assert int(answer.headers["retry-after"]) > 0, path


def check_it_is_back(load, since):
    """Check how long after the database the first publish and read succeeded."""
    load.record.wait_for_more(SECONDS, publishes=20, walks=20)
    publish, read = (when - since for when in load.record.first_done(since))
    measured = f"first publish {publish:.2f} s and read {read:.2f} s after the database"
    report(measured)
    assert max(publish, read) < BACK_SECONDS * LOADED, measured


@pytest.mark.parametrize(
    ("end", "seconds"), [(MariaDB.stop, 10), (MariaDB.kill, 3)], ids=["stop", "kill"]
)
def test_a_database_that_ends_under_load_costs_only_clean_503s_until_it_is_back(
    own_mariadb, place, tmp_path, end, seconds
):
    with loaded(place, tmp_path) as (server, load):
        with load:
            load.record.wait_for_more(SECONDS, publishes=30, walks=30)
            end(own_mariadb)
            begun = time.monotonic()
            try:
                check_every_route_is_unavailable(server.port, load.repositories[0].gun)
                gap(load, begun, seconds)
            finally:
                since = started_again(own_mariadb, place)
            check_it_is_back(load, since)
        assert no_answer(load) == []


def test_a_silent_database_blocks_neither_requests_nor_the_server(
    own_mariadb, place, tmp_path
):
    query = "?timeout=2s&readTimeout=2s&writeTimeout=2s"
    # More requests than there are connections, so that some wait for one.
    with loaded(place, tmp_path, query, readers=16) as (server, load):
        with load:
            load.record.wait_for_more(SECONDS, publishes=30, walks=30)
            own_mariadb.pause()
            begun = time.monotonic()
            try:
                pings = answers_until(begun + 7, server.port)
                gap(load, begun, 7)
            finally:
                own_mariadb.resume()
                since = first_connection(place)
            check_it_is_back(load, since)
        assert no_answer(load) == []
        slowest = max(one.ended - one.began for one in all_of(load))
        report(f"slowest request {slowest:.2f} s, slowest ping {max(pings):.3f} s")
        assert slowest < LIMITS.retry
        assert max(pings) < PING_SECONDS


def test_connections_that_break_at_commits_cost_nobody_anything(
    own_mariadb, place, tmp_path
):
    with (
        cutting_proxy(own_mariadb.port) as proxy,
        loaded(on_other_port(place, proxy.port), tmp_path) as (_, load),
        load,
    ):
        # Not those of the keys, which are marked as used.
        proxy.only = b"INTO changefeed"
        for _ in range(8):
            proxy.lose_answers = proxy.lose_commits = 1
            load.record.wait(SECONDS, lambda _: not proxy.lose_answers)
            load.record.wait_for_more(SECONDS, publishes=3, walks=3)
    outcomes = {one.outcome for one in all_of(load)}
    assert outcomes == {Outcome.DONE, Outcome.REFUSED}


def answers_until(end, port):
    """Return how long each of many pings took."""
    taken = []
    with closing(Link(port)) as link:
        while (begun := time.monotonic()) < end:
            assert link.get("/v2/").status == 200
            taken.append(time.monotonic() - begun)
            time.sleep(0.02)
    return taken


def all_of(load):
    return [*load.record.attempts, *load.record.walks]


def no_answer(load):
    return [one for one in all_of(load) if one.outcome is Outcome.UNREACHABLE]
