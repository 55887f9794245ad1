"""Publish: what is refused, whom that blames, and that nothing of it is stored."""

import pytest
from attrs import evolve

from notary.server import serve
from notary.server.publish import publish
from notary.signing.service import SigningUnavailable
from notary.storage.memory import MemoryStore
from notary.storage.store import NewFile, StorageError, VersionExists
from notary.tuf.errors import InvalidUpdate
from tests import publisher
from tests.publisher import Publisher, ed25519_key, sign, targets
from tests.reading import new_files
from tests.server.doubles import SignerDown, StoreDown
from tests.server.publishing import (
    GUN,
    changes,
    first_published,
    new_publisher,
    uploads,
)


def test_nothing_is_stored_when_a_rule_is_broken(run, service):
    async def story():
        owner = await new_publisher(service)
        files = owner.first_publish()
        files["targets"] = sign(targets(), ed25519_key())
        with pytest.raises(InvalidUpdate) as refusal:
            await publish(service, GUN, uploads(files))
        return refusal.value, await changes(service)

    refusal, feed = run(story())
    assert refusal.name == "ErrBadTargets"
    assert feed == []


def test_the_same_upload_again_is_an_older_version_and_changes_nothing(run, service):
    async def story():
        _, files = await first_published(service)
        with pytest.raises(VersionExists):
            await publish(service, GUN, uploads(files))
        return await changes(service)

    assert len(run(story())) == 1


def test_a_snapshot_key_the_signer_lacks_asks_the_publisher_for_a_snapshot(
    run, service
):
    async def story():
        owner, _ = await first_published(service)
        update = {"targets": sign(targets(2), owner.targets_key)}
        with pytest.raises(InvalidUpdate) as refusal:
            await publish(service, GUN, uploads(update))
        return refusal.value

    refusal = run(story())
    assert (refusal.name, refusal.missing) == ("ErrBadHierarchy", "snapshot")


def test_a_timestamp_key_the_signer_lacks_is_a_bad_root(run, service):
    """Go: RootInvalidTimestampKey."""

    async def story():
        owner = Publisher(GUN, ed25519_key().public)
        with pytest.raises(InvalidUpdate) as refusal:
            await publish(service, GUN, uploads(owner.first_publish()))
        return refusal.value

    refusal = run(story())
    assert refusal.name == "ErrBadRoot"
    assert refusal.message == "no  timestamp keys exist on the server"


def test_a_signer_that_is_down_is_not_blamed_on_the_publisher(run, service):
    async def story():
        owner = await new_publisher(service)
        broken = evolve(service, signer=SignerDown())
        with pytest.raises(SigningUnavailable):
            await publish(broken, GUN, uploads(owner.first_publish()))
        return await changes(service)

    assert run(story()) == []


def test_a_store_that_is_down_is_not_blamed_on_the_publisher(run, service):
    """Go: StoreGetCurrentSnapshotBroken, GetCurrentTimestampBroken."""

    async def story():
        owner = await new_publisher(service)
        down = StoreDown()
        broken = evolve(service, store=down, files=new_files(down))
        with pytest.raises(StorageError):
            await publish(broken, GUN, uploads(owner.first_publish()))

    run(story())


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "root"])
def test_stored_metadata_that_cannot_be_read_refuses_without_detail(run, service, role):
    """Go: OldRootCorrupt, SnapshotGeneratePrevCorrupt, PreviousTimestampCorrupt."""

    async def story():
        owner, _ = await first_published(service)
        corrupt = MemoryStore()
        await _store_with_corrupt(corrupt, service, role)
        broken = evolve(service, store=corrupt, files=new_files(corrupt))
        update = {"targets": sign(targets(2), owner.targets_key)}
        with pytest.raises(InvalidUpdate) as refusal:
            await publish(broken, GUN, uploads(update))
        return refusal.value

    assert run(story()).name == ""


async def _store_with_corrupt(corrupt, service, role):
    """Fill the store with the current files, one of them in a useless form.

    The files above it are made to list it, as if the server had stored it so.
    """
    names = ("root", "targets", "snapshot")
    files = {name: (await serve.current(service, GUN, name)).data for name in names}
    useless = b'{"signed":{"_type":"Root"},"signatures":[]}'
    if role == "root":
        files["root"] = useless
        listed = {name: files[name] for name in ("root", "targets")}
        files["snapshot"] = sign(publisher.snapshot(1, listed))
    if role == "snapshot":
        files["snapshot"] = useless
    signed = publisher.snapshot(1, {"snapshot": files["snapshot"]})
    files["timestamp"] = sign({**signed, "_type": "Timestamp"})
    if role == "timestamp":
        files["timestamp"] = useless
    new = [NewFile.of(name, 1, data) for name, data in files.items()]
    await corrupt.publish(GUN, new, None, publisher.NOW)
