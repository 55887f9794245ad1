"""Every recorded probe, answered by our server: the same, or better and listed so."""

import fnmatch
import re

import pytest
from attrs import evolve

from notary.server.publish import publish
from notary.server.service import Service
from notary.settings.model import CachingSettings, RepositoriesSettings
from notary.storage.store import NewFile
from notary.tuf.envelope import parse_upload
from notary.tuf.keys import PublicKey
from tests import recorded
from tests.compat import differences
from tests.compat.compare import difference
from tests.compat.server import SETTINGS, ReplayServer, replay_server
from tests.publisher import Publisher
from tests.reading import newest_file
from tests.recorded import Exchange

SETS = ("routes", "upload", "validation", "changefeed")
RECORDED_CHANGES = 90
_REPOSITORY = re.compile(r"[a-z]+\.io/(?:mysql|memory-local)/(?:[a-z]+-)?\d+")


def check(server: ReplayServer, name: str, exchanges: list[Exchange]) -> None:
    """Replay a set; each difference must be a row of the table, with that answer."""
    unexpected = []
    for exchange in exchanges:
        probe = f"{name}:{exchange.name}"
        reply = server.send(exchange)
        found = difference(exchange, reply)
        if not found or exchange.is_setup:
            continue
        if not differences.is_listed(probe, reply):
            unexpected.append(f"{probe}: {found}; {reply.body[:200]!r}")
    assert not unexpected, "\n".join(unexpected)


def in_sql_words(exchanges: list[Exchange], sql: list[Exchange]) -> list[Exchange]:
    """Return probes of the memory server with the requests of the SQL one.

    The uploads of the memory server were signed for keys that are lost; the probes are
    otherwise the same, one by one, but for the GUN.
    """
    new = _REPOSITORY.search(" ".join(item.url for item in sql))[0]
    return [
        evolve(
            request,
            status=answer.status,
            headers={n: _REPOSITORY.sub(new, v) for n, v in answer.headers.items()},
            body=_REPOSITORY.sub(new, answer.body.decode()).encode(),
        )
        for answer, request in zip(exchanges, sql, strict=True)
        if request.name == answer.name
    ]


async def use_up_change_ids(service: Service) -> None:
    """Make the ids of changes go on where those of the recorded database did."""
    for version in range(1, RECORDED_CHANGES + 1):
        newest = await newest_file(service.store, "before", "timestamp")
        file = NewFile.of("timestamp", version, b"{}")
        base = newest.sha256 if newest else None
        await service.store.publish("before", [file], base, service.now())


@pytest.mark.parametrize("name", SETS)
def test_probes_of_the_sql_server_have_the_recorded_or_a_better_answer(
    run, reactor_thread, storage, name
):
    with replay_server(run, reactor_thread, storage) as server:
        if name == "changefeed":
            run(use_up_change_ids(server.service))
        check(server, f"{name}-mysql", recorded.probes(f"{name}-mysql"))


@pytest.mark.parametrize("has_short_path", [True, False])
@pytest.mark.parametrize("name", SETS)
def test_probes_of_the_memory_server_have_the_recorded_or_a_better_answer(
    run, reactor_thread, name, has_short_path
):
    answers = recorded.probes(f"{name}-memory-local")
    requests = recorded.probes(f"{name}-mysql")
    with replay_server(
        run, reactor_thread, key_algorithm="ed25519", has_short_path=has_short_path
    ) as server:
        check(server, f"{name}-memory-local", in_sql_words(answers, requests))


def test_every_row_of_the_table_is_about_recorded_probes():
    sets = {path.stem for path in (recorded.DATA / "probes").glob("*.json")}
    names = {f"{n}:{probe.name}" for n in sets for probe in recorded.probes(n)}
    for name in recorded.histories():
        names |= {f"{name}:{item.name}" for item in recorded.history(name)}
    rows = differences.load()
    assert rows
    for row in rows:
        assert row.probes
        for pattern in row.probes.split():
            assert fnmatch.filter(names, pattern), pattern


def test_malformed_and_oversized_uploads_are_refused_and_crash_nothing(
    run, reactor_thread, storage
):
    with replay_server(run, reactor_thread, storage) as server:
        check(server, "misc", recorded.probes("misc"))


def test_guns_outside_the_prefixes_are_refused_in_the_recorded_way(run, reactor_thread):
    prefixes = RepositoriesSettings(("docker.io/", "my.reg/x/"))
    settings = evolve(SETTINGS, repositories=prefixes)
    probes = recorded.probes("prefixes-caching")
    chosen = [item for item in probes if item.name.startswith("prefix ")]
    refused = [item for item in probes if item.name.startswith("auth+prefix other")]
    assert len(chosen) > 30
    assert len(refused) == 7
    with replay_server(run, reactor_thread, settings=settings) as server:
        check(server, "prefixes-caching", chosen + refused)


@pytest.mark.parametrize(
    ("name", "current", "consistent"), [("cache0", 0, 0), ("cache60/61", 60, 61)]
)
def test_caching_headers_follow_the_configuration_in_the_recorded_way(
    run, reactor_thread, name, current, consistent
):
    caching = CachingSettings(current, consistent)
    settings = evolve(SETTINGS, caching=caching)
    probes = recorded.probes("prefixes-caching")
    chosen = [item for item in probes if item.name.startswith(f"{name} ")]
    assert len(chosen) >= 4
    with replay_server(run, reactor_thread, settings=settings) as server:
        server.clock.time = chosen[0].when
        run(_publish(server, chosen[0].gun))
        check(server, "prefixes-caching", chosen)


async def _publish(server: ReplayServer, gun: str) -> None:
    key: PublicKey = await server.service.signer.create_key(gun, "timestamp", "ed25519")
    files = Publisher(gun, key).first_publish()
    uploads = {role: parse_upload(role, data) for role, data in files.items()}
    await publish(server.service, gun, uploads)
