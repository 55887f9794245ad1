"""Publish: what is stored after an upload, and what never is."""

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, gatherResults

from notary.server import online_keys, serve
from notary.server.publish import publish
from notary.server.service import MetadataNotFound, Service
from notary.signing.service import SigningUnavailable
from notary.storage.memory import MemoryStore
from notary.storage.store import NewFile, StorageError, VersionExists
from notary.tuf import repository
from notary.tuf.errors import InvalidUpdate
from tests import publisher
from tests.publisher import Publisher, delegation, ed25519_key, sign, targets
from tests.reading import new_files
from tests.server.conftest import uploads
from tests.server.doubles import CrowdedStore, RacingStore, SignerDown, StoreDown

GUN = "example.com/app"


async def new_publisher(service, *, server_snapshot=False) -> Publisher:
    timestamp_key = await online_keys.get_key(service, GUN, "timestamp")
    snapshot_key = None
    if server_snapshot:
        snapshot_key = await online_keys.get_key(service, GUN, "snapshot")
    return Publisher(GUN, timestamp_key, snapshot_key)


async def published(service, *, server_snapshot=False):
    """Return the publisher and the files of a first publish that was accepted."""
    owner = await new_publisher(service, server_snapshot=server_snapshot)
    files = owner.first_publish()
    await publish(service, GUN, uploads(files))
    return owner, files


async def changes(service):
    return await service.store.changes(GUN, 100, after=0)


def test_a_first_publish_is_served_as_it_was_uploaded(run, service):
    async def story():
        _, files = await published(service)
        return files, {r: (await serve.current(service, GUN, r)).data for r in files}

    uploaded, served = run(story())
    assert served == uploaded


def test_a_publish_makes_one_timestamp_over_the_snapshot_and_one_change(run, service):
    async def story():
        _, files = await published(service)
        timestamp = await serve.current(service, GUN, "timestamp")
        return files, timestamp, await changes(service)

    files, timestamp, feed = run(story())
    listed = repository.read_timestamp(timestamp.data).snapshot
    assert listed.sha256 == NewFile.of("snapshot", 1, files["snapshot"]).sha256
    assert [(c.category, c.version, c.sha256) for c in feed] == [
        ("update", 1, timestamp.sha256)
    ]


def test_the_server_makes_the_snapshot_when_it_holds_its_key(run, service):
    async def story():
        _, files = await published(service, server_snapshot=True)
        snapshot = await serve.current(service, GUN, "snapshot")
        return files, repository.read_snapshot(snapshot.data)

    files, snapshot = run(story())
    assert set(snapshot.meta) == set(files) == {"root", "targets"}
    for role, data in files.items():
        assert snapshot.meta[role].sha256 == NewFile.of(role, 1, data).sha256


def test_the_server_snapshot_keeps_parents_and_forgets_removed_delegations(
    run, service
):
    async def story():
        owner, _ = await published(service, server_snapshot=True)
        key = ed25519_key()
        top = targets(2, delegations=[delegation("targets/a", key)], listed=[key])
        below = targets(1, delegations=[delegation("targets/a/b", key)], listed=[key])
        update = {
            "targets": sign(top, owner.targets_key),
            "targets/a": sign(below, key),
            "targets/a/b": sign(targets(), key),
        }
        await publish(service, GUN, uploads(update))
        before = await serve.current(service, GUN, "snapshot")
        removal = {"targets": sign(targets(3), owner.targets_key)}
        await publish(service, GUN, uploads(removal))
        after = await serve.current(service, GUN, "snapshot")
        with pytest.raises(MetadataNotFound):
            await serve.current(service, GUN, "targets/a")
        return before, after

    before, after = (repository.read_snapshot(file.data) for file in run(story()))
    assert set(before.meta) == {"root", "targets", "targets/a", "targets/a/b"}
    assert set(after.meta) == {"root", "targets"}


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
        _, files = await published(service)
        with pytest.raises(VersionExists):
            await publish(service, GUN, uploads(files))
        return await changes(service)

    assert len(run(story())) == 1


def test_a_snapshot_key_the_signer_lacks_asks_the_publisher_for_a_snapshot(
    run, service
):
    async def story():
        owner, _ = await published(service)
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
        owner, _ = await published(service)
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


def test_a_publish_decided_before_a_deletion_does_not_revive_the_repository(
    run, service
):
    async def story():
        owner, _ = await published(service, server_snapshot=True)

        async def delete():
            assert await service.store.delete(GUN, service.now())

        racing = evolve(service, store=RacingStore(service.store, delete))
        update = {"targets": sign(targets(2), owner.targets_key)}
        with pytest.raises(VersionExists):
            await publish(racing, GUN, uploads(update))
        return await changes(service)

    assert [change.category for change in run(story())] == ["update", "deletion"]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(versions=st.lists(st.integers(2, 4), min_size=2, max_size=6))
def test_of_concurrent_publishes_exactly_one_wins(run, signer, clock, versions):
    store = MemoryStore()
    service = Service(store, signer, clock, "ed25519", new_files(store))
    crowded = evolve(service, store=CrowdedStore(store, len(versions)))

    async def story():
        owner, _ = await published(service, server_snapshot=True)
        rivals = [
            uploads({"targets": _rival(owner, version, str(number))})
            for number, version in enumerate(versions)
        ]
        outcomes = await gatherResults(
            [Deferred.fromCoroutine(_outcome(crowded, rival)) for rival in rivals]
        )
        current = await serve.current(service, GUN, "targets")
        return rivals, outcomes, current, await changes(service)

    rivals, outcomes, current, feed = run(story())
    assert outcomes.count("won") == 1
    assert set(outcomes) == {"won", "version"}
    assert current.data == rivals[outcomes.index("won")]["targets"].data
    assert len(feed) == 2


def _rival(owner: Publisher, version: int, name: str) -> bytes:
    return sign(targets(version, targets={name: None}), owner.targets_key)


async def _outcome(service, rival) -> str:
    try:
        await publish(service, GUN, rival)
    except VersionExists:
        return "version"
    return "won"
