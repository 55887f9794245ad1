"""What the changefeed promises: one record for each change, and paging."""

import pytest

from tests.storage.samples import (
    GUN,
    LATER,
    NOW,
    names,
    new,
    publication,
)


class Changefeed:
    def test_every_publish_and_every_deletion_is_one_change(self, run, store):
        first = publication(1)
        run(store.publish(GUN, first, None, NOW))
        run(store.publish("other", publication(4), None, NOW))
        run(store.delete(GUN, LATER))
        run(store.delete(GUN, LATER))
        feed = run(store.changes(None, 10))
        facts = [(c.gun, c.version, c.sha256, c.category) for c in feed]
        assert facts == [
            (GUN, 1, first[-1].sha256, "update"),
            ("other", 4, publication(4)[-1].sha256, "update"),
            (GUN, 0, "", "deletion"),
        ]
        assert [change.created_at for change in feed] == [NOW, NOW, LATER]
        assert run(store.changes(GUN, 10)) == [feed[0], feed[2]]

    def test_the_change_has_the_version_of_the_timestamp(self, run, store):
        files = [new("root", 3), new("timestamp", 9), new("targets", 4)]
        run(store.publish(GUN, files, None, NOW))
        (change,) = run(store.changes(GUN, 10))
        assert (change.version, change.sha256) == (9, files[1].sha256)

    def test_changes_are_paged_forwards_and_backwards(self, run, store):
        for gun in "abababa":
            run(store.publish(f"{gun}{next(names)}", publication(1), None, NOW))
        feed = run(store.changes(None, 100))
        ids = [change.id for change in feed]
        assert ids == sorted(set(ids))
        assert len(ids) == 7
        assert run(store.changes(None, 3)) == feed[-3:]
        assert run(store.changes(None, 3, after=0)) == feed[:3]
        assert run(store.changes(None, 3, after=ids[1])) == feed[2:5]
        assert run(store.changes(None, 3, after=ids[-1])) == []
        assert run(store.changes(None, 3, before=ids[-1])) == feed[3:6]
        assert run(store.changes(None, 3, before=ids[1])) == feed[:1]
        assert run(store.changes(None, 3, before=ids[0])) == []
        for limit in (0, -1, -(2**70)):
            assert run(store.changes(None, limit)) == []

    def test_changes_of_one_gun_are_paged_too(self, run, store):
        base = None
        for version in range(1, 6):
            files = publication(version)
            run(store.publish(GUN, files, base, NOW))
            run(store.publish(f"o{version}", publication(1), None, NOW))
            base = files[-1].sha256
        feed = run(store.changes(GUN, 100))
        assert [change.version for change in feed] == [1, 2, 3, 4, 5]
        assert run(store.changes(GUN, 2)) == feed[3:]
        assert run(store.changes(GUN, 2, after=feed[0].id)) == feed[1:3]
        assert run(store.changes(GUN, 2, before=feed[3].id)) == feed[1:3]

    @pytest.mark.parametrize("number", [-(2**80), -1, 2**31, 2**63, 2**80])
    def test_changes_bear_any_number(self, run, store, number):
        run(store.publish(GUN, publication(1), None, NOW))
        expected = 1 if number < 0 else 0
        assert len(run(store.changes(None, 10, after=number))) == expected
        assert len(run(store.changes(GUN, 10, before=number))) == 1 - expected
        assert len(run(store.changes(GUN, number))) == 1 - expected
