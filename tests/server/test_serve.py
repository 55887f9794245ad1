"""Serve: which bytes a client gets, and which only after the server signed anew."""

import pytest
from attrs import evolve

from notary.server import serve
from notary.server.publish import publish
from notary.server.service import MetadataNotFound
from notary.storage.store import NewFile
from notary.tuf.errors import InvalidMetadata
from tests.publisher import NOW, sign, snapshot, targets
from tests.reading import newest_file
from tests.server.doubles import SignerDown
from tests.server.publishing import GUN, first_published, uploads

TIMESTAMP_DAYS = 14
SNAPSHOT_DAYS = 3 * 365


def test_every_version_and_checksum_of_a_role_stays_available(run, service):
    async def story():
        owner, _ = await first_published(service, server_snapshot=True)
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
        await first_published(service)
        root = await serve.current(service, GUN, "root")
        for gun, role in [("other", "root"), (GUN, "targets"), (GUN.upper(), "root")]:
            with pytest.raises(MetadataNotFound):
                await serve.by_checksum(service, gun, role, root.sha256)

    run(story())


def test_a_delegation_the_snapshot_does_not_list_is_not_found(run, service):
    async def story():
        await first_published(service)
        with pytest.raises(MetadataNotFound):
            await serve.current(service, GUN, "targets/a")

    run(story())


def test_a_timestamp_is_served_unchanged_until_it_expires(run, service, clock):
    """Go: GetTimestampReturnsPreviousTimestampIfUnexpired."""

    async def story():
        await first_published(service)
        first = await serve.current(service, GUN, "timestamp")
        clock.advance(days=TIMESTAMP_DAYS)
        assert await serve.current(service, GUN, "timestamp") == first

    run(story())


@pytest.mark.parametrize("role", ["root", "targets"])
def test_reading_other_roles_never_signs(run, service, clock, role):
    async def story():
        await first_published(service)
        clock.advance(days=SNAPSHOT_DAYS + 1)
        await serve.current(service, GUN, role)
        await serve.by_version(service, GUN, "timestamp", 1)
        assert (await newest_file(service.store, GUN, "timestamp")).version == 1

    run(story())


def test_a_signer_that_is_down_does_not_touch_what_has_not_expired(run, service):
    async def story():
        await first_published(service, server_snapshot=True)
        down = evolve(service, signer=SignerDown())
        for role in ("root", "targets", "snapshot", "timestamp"):
            served = await serve.current(down, GUN, role)
            assert served == await serve.current(service, GUN, role)

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
