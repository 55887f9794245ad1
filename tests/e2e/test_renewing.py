"""Timestamps are signed anew in time: once, by somebody, and no reader notices."""

import json
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from threading import Barrier

import pytest

from tests.e2e.signer_world import World
from tests.expiry import expire_timestamp
from tests.load import report
from tests.load_link import Link, tuf
from tests.ops.pages import samples

RESERVE_SECONDS = 12
SECONDS = 90
READERS = 4
REPOSITORIES = 6

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def world(mariadb_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("renewing")
    places = (mariadb_server.create_database() for _ in range(2))
    with ExitStack() as stack:
        yield World(folder, *places, "grpc", stack)


@pytest.fixture
def guns(world):
    """Repositories that were published a moment ago."""
    names = [f"example.com/app{next(_NUMBERS)}" for _ in range(REPOSITORIES)]
    return [world.repository(name).gun for name in names]


def let_be_due(world, guns, seconds):
    """Make the timestamps ten days old; return when the first expires, if soon."""
    end = time.monotonic() + seconds
    expires = datetime.now(UTC) + timedelta(seconds=seconds + 1)
    for gun in guns:
        world.server_place.run(
            "UPDATE tuf_files SET created_at = created_at - INTERVAL 10 DAY"
            f" WHERE gun = '{gun}' AND role = 'timestamp'"
        )
        expire_timestamp(world.server_place, gun, f"{expires:%Y-%m-%dT%H:%M:%SZ}")
    return end


def read(port, gun):
    """Return the status of a timestamp, and the version that is served."""
    with closing(Link(port)) as link:
        answer = link.get(f"{tuf(gun)}/timestamp.json")
    if answer.status != 200:
        return answer.status, answer.body
    return answer.status, json.loads(answer.body)["signed"]["version"]


def metrics(server):
    with closing(Link(server.port)) as link:
        return samples(link.get("/metrics").body.decode())


def stored(world, gun):
    """Return the versions of all timestamps, and those in the changefeed."""
    versions = world.server_place.run(
        f"SELECT version FROM tuf_files WHERE gun = '{gun}' AND role = 'timestamp'"
    )
    changes = world.server_place.run(
        f"SELECT version FROM changefeed WHERE gun = '{gun}' ORDER BY id"
    )
    return sorted(row[0] for row in versions), [row[0] for row in changes]


def wait_until_renewed(world, guns):
    """Return when every timestamp has a second version, of which nobody has asked."""
    end = time.monotonic() + SECONDS
    while any(len(stored(world, gun)[0]) < 2 for gun in guns):
        assert time.monotonic() < end
        time.sleep(0.2)


def read_until(end, world, guns):
    """Let many read from all of the servers; return every answer."""
    ports = [server.port for server in world.servers]

    def read_on(number):
        asked = cycle((port, gun) for port in ports for gun in guns[number:])
        answers = []
        while time.monotonic() < end:
            answers.append(read(*next(asked)))
        return answers

    with ThreadPoolExecutor(READERS) as executor:
        return [each for got in executor.map(read_on, range(READERS)) for each in got]


def test_with_the_signer_down_everything_is_read_until_the_timestamps_expire(
    world, guns
):
    with world.fault("killed"):
        end = let_be_due(world, guns, RESERVE_SECONDS)
        answers = read_until(end - 1, world, guns)
        waiting = [
            metrics(server)[("notary_renewals_waiting",)] for server in world.servers
        ]
    assert set(answers) == {(200, 1)}
    report(f"{len(answers)} reads without a signer; then {waiting} waited")
    # Two at most are being tried at this moment.
    assert all(REPOSITORIES - 2 <= each <= REPOSITORIES for each in waiting)
    for server in world.servers:
        log = "\n".join(server.running.log)
        pattern = r"timestamps cannot be signed anew: signer .*; \d+ are due, the first"
        assert len(re.findall(pattern, log)) == 1
    back = time.monotonic()
    wait_until_renewed(world, guns)
    report(f"all were renewed {time.monotonic() - back:.1f} s after its return")
    for gun in guns:
        assert stored(world, gun) == ([1, 2], [1, 2])
        assert read(world.servers[0].port, gun) == (200, 2)


def test_servers_that_know_of_the_same_share_it_and_sign_hardly_anything_twice(
    world, guns
):
    before = outcomes(world.servers)
    let_be_due(world, guns, 7 * 86400)
    for gun in guns:
        for server in world.servers:
            assert read(server.port, gun)[0] == 200
    wait_until_renewed(world, guns)
    for gun in guns:
        assert stored(world, gun) == ([1, 2], [1, 2])
    found = outcomes(world.servers) - before
    report(f"{found}")
    assert found["stored"] == REPOSITORIES
    assert found["overtaken"] < REPOSITORIES / 2
    assert found["failed"] == 0


def test_what_nobody_reads_is_found_by_a_server_as_it_starts(world, guns):
    let_be_due(world, guns, 7 * 86400)
    server = world.start_server()
    wait_until_renewed(world, guns)
    for gun in guns:
        assert stored(world, gun) == ([1, 2], [1, 2])
    assert outcomes([server]) == Counter({"stored": REPOSITORIES})


def outcomes(servers):
    """Return how many renewals of timestamps came to what, on all of the servers."""
    return Counter(
        {
            outcome: sum(
                int(metrics(server)["notary_resignings_total", outcome, "timestamp"])
                for server in servers
            )
            for outcome in ("stored", "overtaken", "failed")
        }
    )


@pytest.mark.parametrize("readers", [12, 200])
@pytest.mark.parametrize("seconds", [-2, 7 * 86400], ids=["expired", "due"])
def test_many_readers_at_once_make_one_signature(world, readers, seconds):
    server = world.servers[0]
    gun = world.repository(f"example.com/app{next(_NUMBERS)}").gun
    signed = "notary_signing_call_duration_seconds_count", "sign", "ok", "grpc"
    before = metrics(server)[signed]
    let_be_due(world, [gun], seconds)
    barrier = Barrier(readers)

    def one(_number):
        barrier.wait(SECONDS)
        return read(server.port, gun)

    with ThreadPoolExecutor(readers) as executor:
        answers = set(executor.map(one, range(readers)))
    assert answers <= ({(200, 2)} if seconds < 0 else {(200, 1), (200, 2)})
    wait_until_renewed(world, [gun])
    assert stored(world, gun) == ([1, 2], [1, 2])
    assert metrics(server)[signed] - before == 1
