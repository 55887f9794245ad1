"""The signer is killed, hangs or is slow: what needs none goes on, all else is 503."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import count

import pytest
from attrs import field, frozen

from notary.web.routes import ROUTES
from tests.e2e.signer_world import DEADLINE, FAULTS, World
from tests.expiry import expire_snapshot, expire_timestamp
from tests.load import report
from tests.load_link import Link, Repository, tuf
from tests.our_signer import PROTOCOLS
from tests.web.serving import FORM, Response, form

TOLERANCE = 1.0
BACK_SECONDS = 2.0
"""How soon after the signer's return the first publish is to succeed."""
AT_ONCE = 20
SECONDS = 30
REASONS = {
    "killed": "connection refused",
    "hung": "no answer",
    "slow": "no answer",
}
"""What the log of the server says of each fault."""

_NUMBERS = count(1)


@pytest.fixture(scope="module", params=PROTOCOLS)
def world(request, mariadb_server, tmp_path_factory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("faults")
    places = (mariadb_server.create_database() for _ in range(2))
    with ExitStack() as stack:
        yield World(folder, *places, request.param, stack)


@pytest.fixture
def repository(world) -> Repository:
    return world.repository(f"example.com/app{next(_NUMBERS)}")


@frozen
class Ask:
    """A request, and the status that it must get while the signer is out of order."""

    status: int
    method: str
    path: str
    files: dict[str, bytes] = field(factory=dict)

    def send(self, port: int) -> tuple[Response, float]:
        """Return the answer, and how many seconds it took."""
        begun = time.monotonic()
        body, headers = (form(self.files), FORM) if self.files else (None, ())
        with closing(Link(port, SECONDS)) as link:
            answer = link.send(self.method, self.path, body, headers)
        return answer, time.monotonic() - begun


OF_NO_REPOSITORY = (
    "/v2/",
    "/v2/_trust/changefeed",
    *(f"/_notary_server/{name}" for name in ("health", "live", "ready", "metrics")),
    "/metrics",
)


def asks(gun: str, doomed: str, files: dict[str, bytes], sha256: str) -> dict[str, Ask]:
    """Return a request for each route by its name."""
    trust = tuf(gun)
    paths = {
        "POST {tuf}": Ask(503, "POST", f"{trust}/", files),
        "GET {tuf}<role:role>.<checksum:checksum>.json": Ask(
            200, "GET", f"{trust}/timestamp.{sha256}.json"
        ),
        "GET {tuf}<version:version>.<role:role>.json": Ask(
            200, "GET", f"{trust}/1.root.json"
        ),
        "GET {tuf}<role:role>.json": Ask(200, "GET", f"{trust}/timestamp.json"),
        "GET {tuf}<online_role:role>.key": Ask(
            503, "GET", f"{tuf('new')}/snapshot.key"
        ),
        "POST {tuf}<online_role:role>.key": Ask(503, "POST", f"{trust}/snapshot.key"),
        "DELETE {tuf}": Ask(200, "DELETE", f"{tuf(doomed)}/"),
        "GET /v2/<gun:gun>/_trust/changefeed": Ask(
            200, "GET", f"/v2/{gun}/_trust/changefeed"
        ),
        **{f"GET {path}": Ask(200, "GET", path) for path in OF_NO_REPOSITORY},
    }
    named = {
        name.format(tuf="/v2/<gun:gun>/_trust/tuf/"): ask for name, ask in paths.items()
    }
    assert set(named) == {route.name for route in ROUTES}
    return named


def check(wanted: list[Ask], port: int) -> None:
    """Send all requests at once; check every answer, and when it came."""
    with ThreadPoolExecutor(len(wanted)) as executor:
        answers = list(executor.map(lambda ask: ask.send(port), wanted))
    for ask, (answer, seconds) in zip(wanted, answers, strict=True):
        said = (ask.method, ask.path, answer, seconds)
        assert answer.status == ask.status, said
        if ask.status == 503:
            assert answer.code == "UNAVAILABLE", said
            assert int(answer.headers["retry-after"]) > 0, said
            assert seconds < DEADLINE + TOLERANCE, said
        else:
            assert seconds < DEADLINE, said


@pytest.mark.parametrize("fault", FAULTS)
def test_only_what_needs_the_signer_is_unavailable_and_only_until_it_is_back(
    world, repository, fault
):
    gun, doomed = repository.gun, world.repository("example.com/doomed").gun
    port = world.concerned(fault).port
    known_key = Ask(200, "GET", f"{tuf(gun)}/timestamp.key")
    check([known_key, publish(repository, 2, status=200)], port)
    before = world.stored(gun)
    refused = publish(repository, 3)
    wanted = asks(gun, doomed, refused.files, before[1][-1][4]).values()
    with ThreadPoolExecutor(1) as executor:
        with world.fault(fault):
            first = executor.submit(first_answer, refused, port)
            check([*wanted, known_key, *[refused] * AT_ONCE], port)
            assert world.stored(doomed)[0] == []
            assert world.stored(gun) == before
        back = time.monotonic()
        seconds = first.result(SECONDS) - back
    report(f"{world.protocol}, {fault}: first publish {seconds:.2f} s after its return")
    assert seconds < BACK_SECONDS
    assert len(world.stored(gun)[1]) == 3
    log = "\n".join(world.concerned(fault).running.log)
    assert f"signer localhost:{signer_port(world, fault)}: {REASONS[fault]}" in log


def signer_port(world: World, fault: str) -> int:
    """Return the port at which the server concerned looks for its signer."""
    return world.proxy.port if fault == "slow" else world.ports[world.protocol]


def publish(repository: Repository, version: int, status: int = 503) -> Ask:
    """Return a publish of new targets."""
    files = {"targets": repository.targets(version, f"v{version}")}
    return Ask(status, "POST", f"{tuf(repository.gun)}/", files)


def first_answer(ask: Ask, port: int) -> float:
    """Repeat a request until it succeeds; return when it did."""
    deadline = time.monotonic() + SECONDS
    while ask.send(port)[0].status != 200:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return time.monotonic()


@pytest.mark.parametrize("fault", FAULTS)
def test_what_has_expired_is_unavailable_until_it_is_signed_again(world, fault):
    port, place = world.concerned(fault).port, world.server_place
    guns = [world.repository(f"example.com/app{next(_NUMBERS)}").gun for _ in range(2)]
    expire_snapshot(place, guns[1])
    for gun in guns:
        expire_timestamp(place, gun)
    before = [world.stored(gun) for gun in guns]
    with world.fault(fault):
        check([ask for gun in guns for ask in reads(gun)], port)
        assert [world.stored(gun) for gun in guns] == before
    back = time.monotonic()
    for gun, snapshot in zip(guns, (1, 2), strict=True):
        trust = tuf(gun)
        first = first_answer(Ask(200, "GET", f"{trust}/timestamp.json"), port)
        report(f"{world.protocol}, {fault}: signed again {first - back:.2f} s later")
        assert first - back < BACK_SECONDS
        assert version(port, f"{trust}/timestamp.json") == 2
        assert version(port, f"{trust}/snapshot.json") == snapshot


def reads(gun: str) -> list[Ask]:
    """Return what is asked of a repository whose timestamp has expired."""
    names = {"root": 200, "targets": 200, "1.timestamp": 200}
    names |= {"snapshot": 503, "timestamp": 503}
    return [Ask(n, "GET", f"{tuf(gun)}/{name}.json") for name, n in names.items()]


def version(port: int, path: str) -> int:
    """Return the version that is served there."""
    answer, _ = Ask(200, "GET", path).send(port)
    return json.loads(answer.body)["signed"]["version"]


@pytest.mark.parametrize("fault", ["killed", "hung"])
def test_a_server_starts_without_its_signer_and_finds_it_as_soon_as_it_is_there(
    world, repository, fault
):
    trust = tuf(repository.gun)
    with world.fault(fault):
        port = world.start_server().port
        served = Ask(200, "GET", f"{trust}/timestamp.json")
        key = Ask(503, "GET", f"{trust}/timestamp.key")
        check([served, key, publish(repository, 2)], port)
    back = time.monotonic()
    seconds = first_answer(publish(repository, 2), port) - back
    report(f"{world.protocol}, {fault} at start: first publish {seconds:.2f} s later")
    assert seconds < BACK_SECONDS


def test_a_signer_that_is_slow_but_in_time_is_only_slow(world, repository):
    port = world.concerned("slow").port
    check([publish(repository, 2, status=200)], port)
    world.proxy.delay = DEADLINE / 8
    try:
        answer, seconds = publish(repository, 3, status=200).send(port)
    finally:
        world.proxy.delay = 0
    assert answer.status == 200
    assert seconds > DEADLINE / 8
