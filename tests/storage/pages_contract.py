"""How the newest files of all repositories are gone through, page by page."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reading import newest_file
from tests.storage.samples import GUN, NOW, SHARED_BY_SUBCLASSES, new, publication

START = ("", "")
GUNS = st.text("ab/.-0", min_size=1, max_size=6)


def every_page(run, store, limit):
    """Return the GUNs and files of all pages, which must end."""
    found, after = [], START
    while page := run(store.newest_files(after, limit)):
        assert len(page) <= limit
        found += page
        gun, file = page[-1]
        after = gun, file.role
    return found


def names(found):
    return [(gun, file.role, file.version) for gun, file in found]


class Pages:
    def test_an_empty_store_has_no_newest_files(self, run, store):
        assert run(store.newest_files(START, 10)) == []

    def test_of_each_role_only_the_newest_file_is_returned(self, run, store):
        run(store.publish(GUN, [new("root", 1), *publication(1)], None, NOW))
        base = publication(1)[-1].sha256
        run(store.publish(GUN, publication(2), base, NOW))
        found = run(store.newest_files(START, 10))
        assert sorted(names(found)) == [
            (GUN, "root", 1),
            (GUN, "snapshot", 2),
            (GUN, "targets", 2),
            (GUN, "timestamp", 2),
        ]
        timestamp = run(newest_file(store, GUN, "timestamp"))
        assert timestamp in [file for _, file in found]

    def test_nothing_is_left_of_a_deleted_repository(self, run, store):
        run(store.publish(GUN, publication(1), None, NOW))
        run(store.delete(GUN, NOW))
        assert run(store.newest_files(START, 10)) == []

    @settings(
        max_examples=10,
        deadline=None,
        suppress_health_check=[*SHARED_BY_SUBCLASSES, HealthCheck.too_slow],
    )
    @given(guns=st.sets(GUNS, max_size=4), limit=st.integers(1, 5))
    def test_pages_of_any_size_have_every_file_once_and_keep_a_repository_together(
        self, run, store, guns, limit
    ):
        for gun in guns:
            run(store.publish(gun, publication(1), None, NOW))
        found = every_page(run, store, limit)
        for gun in guns:
            run(store.delete(gun, NOW))
        wanted = {(gun, file.role, 1) for gun in guns for file in publication(1)}
        assert len(found) == len(wanted)
        assert set(names(found)) == wanted
        order = [gun for gun, _ in found]
        assert sorted(order, key=order.index) == order
