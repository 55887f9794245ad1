"""Publish: what is stored after an upload, and which of several wins."""

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, gatherResults

from notary.server import serve
from notary.server.backlog import Due
from notary.server.publish import MAX_RENEWALS, publish
from notary.server.renew import renew_due
from notary.server.service import MetadataNotFound, Service
from notary.storage.memory import MemoryStore
from notary.storage.store import NewFile, VersionExists
from notary.tuf import repository
from tests.publisher import Publisher, delegation, ed25519_key, sign, targets
from tests.reading import new_files
from tests.server.doubles import CrowdedStore, RacingStore
from tests.server.publishing import GUN, changes, first_published, uploads


def test_a_first_publish_is_served_as_it_was_uploaded(run, service):
    async def story():
        _, files = await first_published(service)
        return files, {r: (await serve.current(service, GUN, r)).data for r in files}

    uploaded, served = run(story())
    assert served == uploaded


def test_a_publish_makes_one_timestamp_over_the_snapshot_and_one_change(run, service):
    async def story():
        _, files = await first_published(service)
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
        _, files = await first_published(service, server_snapshot=True)
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
        owner, _ = await first_published(service, server_snapshot=True)
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


def test_a_publish_decided_before_a_deletion_does_not_revive_the_repository(
    run, service
):
    async def story():
        owner, _ = await first_published(service, server_snapshot=True)

        async def delete():
            assert await service.store.delete(GUN, service.now())

        racing = evolve(service, store=RacingStore(service.store, delete))
        update = {"targets": sign(targets(2), owner.targets_key)}
        with pytest.raises(VersionExists):
            await publish(racing, GUN, uploads(update))
        return await changes(service)

    assert [change.category for change in run(story())] == ["update", "deletion"]


@pytest.mark.parametrize("server_snapshot", [False, True])
def test_a_renewal_that_comes_in_between_costs_no_publish(
    run, service, server_snapshot
):
    async def story():
        owner, files = await first_published(service, server_snapshot=server_snapshot)
        racing = RacingStore(service.store, _renewal(service))
        update = {"targets": sign(targets(2), owner.targets_key)}
        if not server_snapshot:
            update["snapshot"] = owner.with_snapshot(files | update, 2)["snapshot"]
        await publish(evolve(service, store=racing), GUN, uploads(update))
        served = await serve.current(service, GUN, "targets")
        return update, served, await changes(service)

    update, served, feed = run(story())
    assert served.data == update["targets"]
    assert [change.version for change in feed] == [1, 2, 3]


def test_a_renewal_after_each_try_ends_as_a_conflict(run, service):
    async def story():
        owner, _ = await first_published(service, server_snapshot=True)
        renew, tries = _renewal(service), []

        async def renew_again():
            await renew()
            tries.append(None)
            racing.before_publish = renew_again

        racing = RacingStore(service.store, renew_again)
        update = {"targets": sign(targets(2), owner.targets_key)}
        with pytest.raises(VersionExists):
            await publish(evolve(service, store=racing), GUN, uploads(update))
        return tries

    assert len(run(story())) == 1 + MAX_RENEWALS


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
        owner, _ = await first_published(service, server_snapshot=True)
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


def _renewal(service):
    """Return what signs the timestamp anew, as another server does."""
    another = evolve(service, files=new_files(service.store), renew_after_percent=0)

    async def renew():
        service.now.advance(seconds=1)
        newest = await another.files.newest_checksum(GUN)
        assert await renew_due(another, Due(GUN, newest, 0))

    return renew


def _rival(owner: Publisher, version: int, name: str) -> bytes:
    return sign(targets(version, targets={name: None}), owner.targets_key)


async def _outcome(service, rival) -> str:
    try:
        await publish(service, GUN, rival)
    except VersionExists:
        return "version"
    return "won"
