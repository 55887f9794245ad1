"""What a read costs in SQL statements, and that many readers share them."""

from functools import partial

import pytest
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import Clock

from notary.server import online_keys, serve
from notary.server.files import FRESH_SECONDS
from notary.server.publish import publish
from notary.server.service import MetadataNotFound, Service
from notary.storage.sql import SQLStore
from tests.publisher import Publisher
from tests.reading import new_files
from tests.server.publishing import uploads

GUN = "example.com/app"
ROLES = ("root", "targets", "snapshot", "timestamp")
READERS = 32


@pytest.fixture
def monotonic():
    return Clock()


@pytest.fixture
def service(open_database, notes, signer, clock, monotonic):
    store = SQLStore(open_database(observe=notes))
    return Service(store, signer, clock, "ed25519", new_files(store, monotonic))


@pytest.fixture
def cold(run, service, monotonic):
    """A server that has read nothing yet of what another has published."""

    async def story():
        key = await online_keys.get_key(service, GUN, "timestamp")
        await publish(service, GUN, uploads(Publisher(GUN, key).first_publish()))

    run(story())
    files = new_files(service.store, monotonic)
    return Service(
        service.store, service.signer, service.now, service.key_algorithm, files
    )


@pytest.fixture
def statements(run, notes):
    """Return the statements that a coroutine runs, by name."""

    def of(coroutine):
        del notes.all[:]
        run(coroutine)
        return [name for name, _, _ in notes.all if name != "read"]

    return of


@pytest.mark.parametrize("role", ROLES)
def test_what_is_current_costs_one_statement_once_it_is_known(cold, statements, role):
    first = statements(serve.current(cold, GUN, role))
    assert first[0] == "newest_of_place"
    assert first[1:] == ["at_place"] * (role in ("root", "targets"))
    for _ in range(3):
        assert statements(serve.current(cold, GUN, role)) == ["checksums_from"]


@pytest.mark.parametrize("role", ROLES)
def test_by_checksum_costs_nothing_while_it_is_fresh(
    run, cold, statements, monotonic, role
):
    sha256 = run(serve.current(cold, GUN, role)).sha256
    read = partial(serve.by_checksum, cold, GUN, role, sha256)
    assert statements(read()) == []
    monotonic.advance(FRESH_SECONDS + 0.1)
    assert statements(read()) == ["present"]
    assert statements(read()) == []


def test_a_pull_costs_one_statement_while_nothing_is_published(
    run, cold, statements, monotonic
):
    files = {role: run(serve.current(cold, GUN, role)).sha256 for role in ROLES}

    async def pull():
        await serve.current(cold, GUN, "timestamp")
        for role, sha256 in files.items():
            await serve.by_checksum(cold, GUN, role, sha256)

    monotonic.advance(FRESH_SECONDS + 0.1)
    first = ["checksums_from", *["present"] * len(ROLES)]
    assert statements(pull()) == first
    for _ in range(3):
        monotonic.advance(FRESH_SECONDS + 0.1)
        assert statements(pull()) == ["checksums_from"]


def test_a_file_alone_is_looked_up_with_the_timestamps_of_others(
    run, cold, statements, monotonic
):
    sha256 = run(serve.current(cold, GUN, "root")).sha256
    read = partial(serve.by_checksum, cold, GUN, "root", sha256)
    monotonic.advance(FRESH_SECONDS + 0.1)
    assert statements(read()) == ["present"]
    monotonic.advance(FRESH_SECONDS + 0.1)
    assert statements(read()) == ["checksums_from"]
    assert statements(read()) == []


def test_what_this_server_published_is_known_to_it(run, service, statements):
    async def story():
        key = await online_keys.get_key(service, GUN, "timestamp")
        await publish(service, GUN, uploads(Publisher(GUN, key).first_publish()))

    run(story())
    for role in ROLES:
        assert statements(serve.current(service, GUN, role)) == ["checksums_from"]


@pytest.mark.parametrize("role", ROLES)
def test_an_unknown_repository_costs_one_statement(service, statements, role):
    async def read():
        with pytest.raises(MetadataNotFound):
            await serve.current(service, "unknown", role)

    for _ in range(2):
        assert statements(read()) == ["newest_of_place"]


def test_readers_at_the_same_time_share_their_statements(cold, statements):
    async def read():
        await gatherResults(
            [
                Deferred.fromCoroutine(serve.current(cold, GUN, "timestamp"))
                for _ in range(READERS)
            ]
        )

    assert len(statements(read())) <= 6
    # A slow machine may begin another query for those whose answer is overdue.
    assert len(statements(read())) <= 2
