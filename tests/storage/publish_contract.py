"""What a publish promises: all or nothing, and of rivals exactly one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notary.storage.store import VersionExists
from tests.reading import newest_file
from tests.storage.samples import (
    GUN,
    LATER,
    NOW,
    SHARED_BY_SUBCLASSES,
    names,
    new,
    outcomes,
    publication,
)


class Publishes:
    def test_a_version_that_exists_is_refused_and_nothing_is_stored(self, run, store):
        first = publication(3)
        run(store.publish(GUN, first, None, NOW))
        for version in (1, 2, 3):
            files = [new("snapshot", 4), new("targets", version), new("timestamp", 4)]
            with pytest.raises(VersionExists):
                run(store.publish(GUN, files, first[-1].sha256, LATER))
        assert run(newest_file(store, GUN, "snapshot")).version == 3
        assert run(store.with_version(GUN, "targets", 1)) is None
        assert run(newest_file(store, GUN, "targets")).data == first[0].data
        assert len(run(store.changes(None, 10))) == 1

    def test_a_file_given_twice_is_refused_and_nothing_is_stored(self, run, store):
        files = [*publication(1), new("targets", 1, b"another")]
        with pytest.raises(VersionExists):
            run(store.publish(GUN, files, None, NOW))
        assert run(newest_file(store, GUN, "snapshot")) is None
        assert run(newest_file(store, GUN, "targets")) is None
        assert run(store.changes(None, 10)) == []

    @pytest.mark.parametrize("base", [None, "0" * 64, ""])
    def test_a_publish_decided_on_a_stale_timestamp_stores_nothing(
        self, run, store, base
    ):
        first = publication(1)
        run(store.publish(GUN, first, None, NOW))
        with pytest.raises(VersionExists):
            run(store.publish(GUN, publication(2), base, LATER))
        assert run(newest_file(store, GUN, "targets")).version == 1
        assert len(run(store.changes(None, 10))) == 1

    def test_a_base_in_a_store_without_timestamp_is_stale(self, run, store):
        with pytest.raises(VersionExists):
            run(store.publish(GUN, publication(1), "0" * 64, NOW))
        assert run(newest_file(store, GUN, "targets")) is None

    def test_a_deleted_repository_is_gone_and_can_be_made_anew(self, run, store):
        first, again = publication(1), publication(1, "again")
        run(store.publish(GUN, first, None, NOW))
        assert run(store.delete(GUN, LATER)) is True
        assert run(store.delete(GUN, LATER)) is False
        assert run(newest_file(store, GUN, "targets")) is None
        assert run(store.present(GUN, {"targets": first[0].sha256})) == set()
        with pytest.raises(VersionExists):
            run(store.publish(GUN, publication(2), first[-1].sha256, LATER))
        run(store.publish(GUN, again, None, LATER))
        with pytest.raises(VersionExists):
            run(store.publish(GUN, publication(2), first[-1].sha256, LATER))
        assert run(newest_file(store, GUN, "targets")).data == again[0].data

    def test_of_publishes_at_the_same_time_exactly_one_wins(self, run, stores):
        rivals = [publication(1, str(number)) for number in range(12)]
        results = run(
            outcomes(
                stores[number % 2].publish(GUN, files, None, NOW)
                for number, files in enumerate(rivals)
            )
        )
        assert results.count(None) == 1
        assert {type(each) for each in results} == {type(None), VersionExists}
        winner = rivals[results.index(None)]
        for file in winner:
            assert run(newest_file(stores[0], GUN, file.role)).data == file.data
        (change,) = run(stores[1].changes(GUN, 10))
        assert change.sha256 == winner[-1].sha256

    @given(
        rounds=st.lists(st.lists(st.integers(1, 4), min_size=2, max_size=5), max_size=3)
    )
    @settings(
        max_examples=20,
        deadline=None,
        suppress_health_check=SHARED_BY_SUBCLASSES,
    )
    def test_rivals_never_overwrite_each_other(self, run, stores, rounds):
        """In each round all rivals decide on what the round before left."""
        gun, base, newest, expected = f"race{next(names)}", None, 0, {}
        for steps in rounds:
            rivals = [
                publication(newest + step, f"{number}")
                for number, step in enumerate(steps)
            ]
            results = run(
                outcomes(
                    stores[number % 2].publish(gun, files, base, NOW)
                    for number, files in enumerate(rivals)
                )
            )
            assert results.count(None) == 1
            assert {type(each) for each in results} == {type(None), VersionExists}
            winner = rivals[results.index(None)]
            newest, base = winner[-1].version, winner[-1].sha256
            expected[newest] = winner
        for version, files in expected.items():
            for file in files:
                found = run(stores[1].with_version(gun, file.role, version))
                assert found.data == file.data
        feed = run(stores[0].changes(gun, 100))
        assert [change.version for change in feed] == list(expected)
        assert [c.sha256 for c in feed] == [f[-1].sha256 for f in expected.values()]

    def test_a_deletion_and_a_publish_at_once_leave_all_or_nothing(self, run, stores):
        first, second = publication(1), publication(2)
        run(stores[0].publish(GUN, first, None, NOW))
        deleted, published = run(
            outcomes(
                [
                    stores[0].delete(GUN, LATER),
                    stores[1].publish(GUN, second, first[-1].sha256, LATER),
                ]
            )
        )
        assert deleted is True
        assert published is None or isinstance(published, VersionExists)
        assert run(newest_file(stores[0], GUN, "targets")) is None
