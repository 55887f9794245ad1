"""What is found for many at once is what each would find alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.storage.samples import (
    GUN,
    HOSTILE,
    LATER,
    LOOK_ALIKES,
    NOW,
    SHARED_BY_SUBCLASSES,
    new,
    publication,
)


def place(gun, file):
    return (gun, file.role, file.sha256)


async def checksums_of(store, guns, seen=0):
    """Return the sha256 of each newest timestamp, having seen some version of each."""
    return await store.newest_timestamps(dict.fromkeys(guns, seen))


class Groups:
    def test_nothing_is_found_for_nobody(self, run, store):
        assert run(store.newest_timestamps({})) == {}
        assert run(store.newest_of([])) == {}
        assert run(store.find([])) == {}
        assert run(store.stored([])) == set()

    def test_each_repository_has_its_own_newest_timestamp(self, run, store):
        newest = {}
        for number in range(40):
            gun, base = f"{GUN}/{number}", None
            for version in range(1, 2 + number % 3):
                file = new("timestamp", version, b"%d %d" % (number, version))
                run(store.publish(gun, [file], base, NOW))
                newest[gun] = base = file.sha256
        asked = [f"{GUN}/{number}" for number in range(-3, 45)]
        assert run(checksums_of(store, asked)) == newest
        assert run(checksums_of(store, asked[:1])) == {}

    @pytest.mark.parametrize(("stored", "asked"), LOOK_ALIKES)
    def test_names_that_look_alike_do_not_mix_in_a_group(
        self, run, store, stored, asked
    ):
        first, second = new("timestamp", 3, b"a"), new("timestamp", 2, b"b")
        run(store.publish(stored, [first], None, NOW))
        assert run(checksums_of(store, [asked])) == {}
        run(store.publish(asked, [second], None, NOW))
        both = {stored: first.sha256, asked: second.sha256}
        assert run(checksums_of(store, [asked, stored])) == both
        timestamps = [(stored, "timestamp"), (asked, "timestamp")]
        found = run(store.newest_of(timestamps))
        assert [found[names].data for names in timestamps] == [b"a", b"b"]
        places = [place(stored, first), place(asked, second)]
        others = [place(stored, second), place(asked, first)]
        found = run(store.find(places + others))
        assert [found.get(each) and found[each].data for each in places] == [b"a", b"b"]
        assert run(store.stored(others + places)) == found.keys() == set(places)

    def test_a_role_that_only_looks_alike_is_no_timestamp(self, run, store):
        for number, role in enumerate(("Timestamp", "timestamp ", "timestamps")):
            file = new(role, 9, b"x")
            run(store.publish(f"{GUN}/{number}", [file], None, NOW))
            assert run(checksums_of(store, [f"{GUN}/{number}"])) == {}

    @pytest.mark.parametrize("seen", [0, 1, 3, 4, 5, 9, 2**31 - 1])
    def test_whatever_version_was_seen_the_newest_is_found(self, run, store, seen):
        base = None
        for version in (1, 3, 4, 5):
            file = new("timestamp", version)
            run(store.publish(GUN, [file], base, NOW))
            base = file.sha256
        run(store.publish("other", [new("timestamp", 4, b"x")], None, NOW))
        run(store.publish("other/a", [new("snapshot", 9)], None, NOW))
        newest = {GUN: base, "other": new("timestamp", 4, b"x").sha256}
        assert run(checksums_of(store, [GUN, "other", "other/a", "b"], seen)) == newest
        mixed = {GUN: seen, "other": 0, "b": seen, "other/a": 9}
        assert run(store.newest_timestamps(mixed)) == newest

    @pytest.mark.parametrize("version", [1, 4, 5])
    def test_a_repository_made_anew_is_found_whatever_version_it_had(
        self, run, store, version
    ):
        run(store.publish(GUN, [new("timestamp", 4, b"old")], None, NOW))
        run(store.delete(GUN, LATER))
        assert run(checksums_of(store, [GUN], 4)) == {}
        file = new("timestamp", version, b"new")
        run(store.publish(GUN, [file], None, LATER))
        assert run(checksums_of(store, [GUN, "b"], 4)) == {GUN: file.sha256}

    @pytest.mark.parametrize("first", [1, 5])
    def test_names_that_look_alike_do_not_hide_each_other_s_versions(
        self, run, store, first
    ):
        lower, upper = new("timestamp", first, b"a"), new("timestamp", 3, b"A")
        run(store.publish("a", [lower], None, NOW))
        run(store.publish("A", [upper], None, NOW))
        both = {"a": lower.sha256, "A": upper.sha256}
        for seen in ({"a": 5, "A": 1}, {"a": 1, "A": 3}, {"A": 9, "a": 0}):
            assert run(store.newest_timestamps(seen)) == both
            assert run(store.newest_timestamps({"A": seen["A"]})) == {"A": both["A"]}

    def test_files_of_several_repositories_are_found_at_once(self, run, store):
        files = {gun: publication(1) for gun in ("a", "b")}
        for gun, publish in files.items():
            run(store.publish(gun, publish, None, NOW))
        places = [place(gun, file) for gun in files for file in files[gun]]
        found = run(store.find([*places, ("a", "root", "0" * 64)]))
        assert found.keys() == set(places)
        for each, file in found.items():
            assert (file.role, file.sha256, file.created_at) == (*each[1:], NOW)
        assert run(store.stored([*places, ("c", *places[0][1:])])) == set(places)

    def test_the_newest_files_of_several_repositories_are_found_at_once(
        self, run, store
    ):
        first, second = publication(1), publication(2)
        run(store.publish("a", first, None, NOW))
        run(store.publish("a", second, first[-1].sha256, LATER))
        run(store.publish("b", [*publication(1), new("root", 7)], None, NOW))
        asked = [(gun, role) for gun in "abc" for role in ("root", "snapshot")]
        found = run(store.newest_of(asked))
        versions = {names: file.version for names, file in found.items()}
        assert versions == {
            ("a", "snapshot"): 2,
            ("b", "root"): 7,
            ("b", "snapshot"): 1,
        }
        newest = found["a", "snapshot"]
        assert (newest.role, newest.data, newest.sha256, newest.created_at) == (
            *("snapshot", second[1].data, second[1].sha256, LATER),
        )
        assert run(store.newest_of([("", "root"), ("\ud800", "root")])) == {}

    def test_what_was_deleted_is_found_by_no_group(self, run, store):
        files = publication(1)
        run(store.publish(GUN, files, None, NOW))
        run(store.delete(GUN, LATER))
        places = [place(GUN, file) for file in files]
        assert run(checksums_of(store, [GUN])) == {}
        assert run(store.newest_of([each[:2] for each in places])) == {}
        assert run(store.find(places)) == {}
        assert run(store.stored(places)) == set()

    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_hostile_name_spoils_nothing_for_the_others(self, run, store, name):
        files = publication(1)
        run(store.publish(GUN, files, None, NOW))
        good = place(GUN, files[0])
        bad = [(name, *good[1:]), (GUN, name, good[2]), (*good[:2], name)]
        newest = run(checksums_of(store, [name, GUN]))
        assert newest == {GUN: files[-1].sha256}
        assert run(store.find([*bad, good])).keys() == {good}
        assert run(store.stored([*bad, good])) == {good}

    @given(names=st.lists(st.text(st.characters(codec=None), max_size=300), max_size=9))
    @settings(
        max_examples=25, deadline=None, suppress_health_check=SHARED_BY_SUBCLASSES
    )
    def test_any_texts_may_be_asked_for(self, run, store, names):
        assert run(checksums_of(store, names)) == {}
        places = list(zip(names, names, names[::-1], strict=True))
        assert run(store.find(places)) == {}
        assert run(store.stored(places)) == set()
