"""Serve: which bytes a client gets, and when the server signs anew."""

import pytest
from attrs import evolve
from twisted.internet.defer import Deferred, gatherResults

from notary.server import online_keys, serve
from notary.server.online_keys import KeysMissing
from notary.server.publish import publish
from notary.server.service import MetadataNotFound
from notary.signing.service import SigningUnavailable
from notary.storage.store import NewFile
from notary.tuf import moment, repository
from notary.tuf.errors import Expired, InvalidMetadata
from tests.publisher import NOW, Publisher, sign, snapshot, targets
from tests.server.conftest import uploads
from tests.server.doubles import (
    CountingSigner,
    CrowdedStore,
    RacingStore,
    SignerDown,
    SignerWithoutKeys,
)

GUN = "example.com/app"
TIMESTAMP_DAYS = 14
SNAPSHOT_DAYS = 3 * 365


async def publish_once(service, *, server_snapshot=False, **root):
    """Publish a repository and return its publisher."""
    key = await online_keys.get_key(service, GUN, "timestamp")
    held = await online_keys.get_key(service, GUN, "snapshot")
    owner = Publisher(GUN, key, held if server_snapshot else None)
    files = owner.first_publish()
    if root:
        files["root"] = sign(owner.root(**root), owner.root_key)
        del files["snapshot"]
        files = owner.with_snapshot(files, 1)
    await publish(service, GUN, uploads(files))
    return owner


def read(file):
    return repository.read_timestamp(file.data)


def test_every_version_and_checksum_of_a_role_stays_available(run, service):
    async def story():
        owner = await publish_once(service, server_snapshot=True)
        first = await serve.current(service, GUN, "targets")
        update = {"targets": sign(targets(2), owner.targets_key)}
        await publish(service, GUN, uploads(update))
        assert await serve.by_version(service, GUN, "targets", 1) == first
        found = await serve.by_checksum(service, GUN, "targets", first.sha256)
        assert found == first
        second = await serve.current(service, GUN, "targets")
        assert second == await serve.by_version(service, GUN, "targets", 2)
        assert second.data == update["targets"]

    run(story())


@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp"])
def test_nothing_is_found_of_an_unknown_repository(run, service, role):
    async def story():
        with pytest.raises(MetadataNotFound):
            await serve.current(service, "unknown", role)
        with pytest.raises(MetadataNotFound):
            await serve.by_version(service, "unknown", role, 1)
        with pytest.raises(MetadataNotFound):
            await serve.by_checksum(service, "unknown", role, "0" * 64)

    run(story())


def test_a_checksum_finds_only_the_gun_and_role_it_belongs_to(run, service):
    """The Go server's cache served any GUN's bytes to whoever knew their hash."""

    async def story():
        await publish_once(service)
        root = await serve.current(service, GUN, "root")
        for gun, role in [("other", "root"), (GUN, "targets"), (GUN.upper(), "root")]:
            with pytest.raises(MetadataNotFound):
                await serve.by_checksum(service, gun, role, root.sha256)

    run(story())


def test_a_delegation_the_snapshot_does_not_list_is_not_found(run, service):
    async def story():
        await publish_once(service)
        with pytest.raises(MetadataNotFound):
            await serve.current(service, GUN, "targets/a")

    run(story())


def test_a_timestamp_is_served_unchanged_until_it_expires(run, service, clock):
    """Go: GetTimestampReturnsPreviousTimestampIfUnexpired."""

    async def story():
        await publish_once(service)
        first = await serve.current(service, GUN, "timestamp")
        clock.advance(days=TIMESTAMP_DAYS)
        assert await serve.current(service, GUN, "timestamp") == first

    run(story())


@pytest.mark.parametrize("role", ["timestamp", "snapshot"])
def test_an_expired_timestamp_is_renewed_by_either_request(run, service, clock, role):
    """Go: GetTimestampOldTimestampExpired."""

    async def story():
        await publish_once(service)
        first = await serve.current(service, GUN, "timestamp")
        clock.advance(days=TIMESTAMP_DAYS, seconds=1)
        await serve.current(service, GUN, role)
        second = await service.store.newest(GUN, "timestamp")
        assert read(second).version == read(first).version + 1
        assert read(second).snapshot == read(first).snapshot
        assert moment.of(clock()).is_before(read(second).expires)
        assert second.created_at == clock()
        feed = await service.store.changes(GUN, 10, after=0)
        assert [change.version for change in feed] == [1, 2]

    run(story())


@pytest.mark.parametrize("role", ["root", "targets"])
def test_reading_other_roles_never_signs(run, service, clock, role):
    async def story():
        await publish_once(service)
        clock.advance(days=SNAPSHOT_DAYS + 1)
        await serve.current(service, GUN, role)
        await serve.by_version(service, GUN, "timestamp", 1)
        assert (await service.store.newest(GUN, "timestamp")).version == 1

    run(story())


def test_an_expired_snapshot_of_the_servers_own_is_renewed(run, service, clock):
    """Go: GetSnapshotOldSnapshotExpired."""

    async def story():
        await publish_once(service, server_snapshot=True)
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
        owner = await publish_once(service)
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
        await publish_once(service, expires="2026-11-25T12:00:00Z")
        clock.advance(days=TIMESTAMP_DAYS + 1)
        with pytest.raises(Expired) as refusal:
            await serve.current(service, GUN, "timestamp")
        assert refusal.value.role == "root"
        assert refusal.value.expires == "Wed Nov 25 12:00:00 UTC 2026"

    run(story())


def test_a_signer_that_is_down_does_not_touch_what_has_not_expired(run, service):
    async def story():
        await publish_once(service, server_snapshot=True)
        down = evolve(service, signer=SignerDown())
        for role in ("root", "targets", "snapshot", "timestamp"):
            served = await serve.current(down, GUN, role)
            assert served == await serve.current(service, GUN, role)

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
        await publish_once(service)
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
        await publish_once(service)
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
        return served, await store.newest(GUN, "timestamp")

    served, stored = run(story())
    assert set(served) == {stored}
    assert stored.version == 2
    assert counting.signatures == servers


def test_a_repository_deleted_while_it_is_renewed_is_not_found(
    run, service, clock, store
):
    async def story():
        await publish_once(service)
        clock.advance(days=TIMESTAMP_DAYS + 1)

        async def delete():
            await store.delete(GUN, clock())

        racing = evolve(service, store=RacingStore(store, delete))
        with pytest.raises(MetadataNotFound):
            await serve.current(racing, GUN, "timestamp")

    run(story())


def test_a_lost_snapshot_row_means_not_found(run, service):
    async def story():
        signed = {**snapshot(1, {"snapshot": b"lost"}), "_type": "Timestamp"}
        lost = NewFile.of("timestamp", 1, sign(signed))
        await service.store.publish(GUN, [lost], None, NOW)
        for role in ("timestamp", "snapshot", "root"):
            with pytest.raises(MetadataNotFound):
                await serve.current(service, GUN, role)

    run(story())


def test_a_corrupt_timestamp_is_an_error_of_ours(run, service):
    async def story():
        corrupt = NewFile.of("timestamp", 1, b'{"signed":{}}')
        await service.store.publish(GUN, [corrupt], None, NOW)
        with pytest.raises(InvalidMetadata):
            await serve.current(service, GUN, "root")

    run(story())
