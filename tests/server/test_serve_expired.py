"""Serve: what has expired is signed anew, by whoever may and can sign it."""

import pytest
from attrs import evolve
from twisted.internet.defer import Deferred, gatherResults

from notary.server import serve
from notary.server.online_keys import KeysMissing
from notary.server.publish import publish
from notary.server.service import MetadataNotFound
from notary.signing.service import SigningUnavailable
from notary.tuf import moment, repository
from notary.tuf.errors import Expired
from tests.publisher import sign, snapshot
from tests.reading import newest_file
from tests.server.doubles import (
    CountingSigner,
    CrowdedStore,
    RacingStore,
    SignerDown,
    SignerWithoutKeys,
)
from tests.server.publishing import GUN, first_published, uploads

TIMESTAMP_DAYS = 14
SNAPSHOT_DAYS = 3 * 365


def read(file):
    return repository.read_timestamp(file.data)


@pytest.mark.parametrize("role", ["timestamp", "snapshot"])
def test_an_expired_timestamp_is_renewed_by_either_request(run, service, clock, role):
    """Go: GetTimestampOldTimestampExpired."""

    async def story():
        await first_published(service)
        first = await serve.current(service, GUN, "timestamp")
        clock.advance(days=TIMESTAMP_DAYS, seconds=1)
        await serve.current(service, GUN, role)
        second = await newest_file(service.store, GUN, "timestamp")
        assert read(second).version == read(first).version + 1
        assert read(second).snapshot == read(first).snapshot
        assert moment.of(clock()).is_before(read(second).expires)
        assert second.created_at == clock()
        feed = await service.store.changes(GUN, 10, after=0)
        assert [change.version for change in feed] == [1, 2]

    run(story())


def test_an_expired_snapshot_of_the_servers_own_is_renewed(run, service, clock):
    """Go: GetSnapshotOldSnapshotExpired."""

    async def story():
        await first_published(service, server_snapshot=True)
        first = await serve.current(service, GUN, "snapshot")
        clock.advance(days=SNAPSHOT_DAYS, seconds=1)
        second = await serve.current(service, GUN, "snapshot")
        timestamp = await serve.current(service, GUN, "timestamp")
        assert second.version == first.version + 1
        assert read(timestamp).snapshot.sha256 == second.sha256
        before, after = (repository.read_snapshot(f.data) for f in (first, second))
        assert before.meta == after.meta

    run(story())


def test_an_expired_snapshot_of_the_publishers_is_served_for_the_client_to_judge(
    run, service, clock
):
    async def story():
        owner, _ = await first_published(service)
        current = {
            name: (await serve.current(service, GUN, name)).data
            for name in ("root", "targets")
        }
        late = snapshot(2, current, expires="2026-11-23T00:00:00Z")
        update = {"snapshot": sign(late, owner.own_snapshot_key)}
        await publish(service, GUN, uploads(update))
        clock.advance(days=TIMESTAMP_DAYS + 1)
        served = await serve.current(service, GUN, "snapshot")
        assert served.data == update["snapshot"]
        timestamp = await serve.current(service, GUN, "timestamp")
        assert read(timestamp).version == 3
        assert read(timestamp).snapshot.sha256 == served.sha256

    run(story())


def test_nothing_is_signed_below_an_expired_root(run, service, clock):
    async def story():
        await first_published(service, expires="2026-11-25T12:00:00Z")
        clock.advance(days=TIMESTAMP_DAYS + 1)
        with pytest.raises(Expired) as refusal:
            await serve.current(service, GUN, "timestamp")
        assert refusal.value.role == "root"
        assert refusal.value.expires == "Wed Nov 25 12:00:00 UTC 2026"

    run(story())


@pytest.mark.parametrize(
    ("broken", "error"),
    [(SignerDown(), SigningUnavailable), (SignerWithoutKeys(), KeysMissing)],
)
def test_an_expired_timestamp_nobody_can_sign_is_an_error(
    run, service, clock, broken, error
):
    """Go: CreateTimestampNoKeyInCrypto."""

    async def story():
        await first_published(service)
        clock.advance(days=TIMESTAMP_DAYS + 1)
        with pytest.raises(error):
            await serve.current(evolve(service, signer=broken), GUN, "timestamp")

    run(story())


def test_servers_that_renew_at_the_same_time_all_serve_the_one_that_was_stored(
    run, service, clock, store, signer
):
    servers = 12
    counting = CountingSigner(signer)

    async def story():
        await first_published(service)
        clock.advance(days=TIMESTAMP_DAYS + 1)
        crowded = CrowdedStore(store, servers)
        served = await gatherResults(
            [
                Deferred.fromCoroutine(serve.current(each, GUN, "timestamp"))
                for each in (
                    evolve(service, store=crowded, signer=counting)
                    for _ in range(servers)
                )
            ]
        )
        return served, await newest_file(store, GUN, "timestamp")

    served, stored = run(story())
    assert set(served) == {stored}
    assert stored.version == 2
    assert counting.signatures == servers


def test_a_repository_deleted_while_it_is_renewed_is_not_found(
    run, service, clock, store
):
    async def story():
        await first_published(service)
        clock.advance(days=TIMESTAMP_DAYS + 1)

        async def delete():
            await store.delete(GUN, clock())

        racing = evolve(service, store=RacingStore(store, delete))
        with pytest.raises(MetadataNotFound):
            await serve.current(racing, GUN, "timestamp")

    run(story())
