"""How files are found: exactly, by every fact, and whatever is asked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notary.storage.store import NewFile, StorageError
from tests.reading import newest_file
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


class Lookups:
    def test_nothing_is_found_in_an_empty_store(self, run, store):
        assert run(newest_file(store, GUN, "root")) is None
        assert run(store.with_version(GUN, "root", 1)) is None
        assert run(store.find([(GUN, "root", "0" * 64)])) == {}
        assert run(store.present(GUN, {"root": "0" * 64})) == set()
        assert run(store.changes(None, 10)) == []
        assert run(store.delete(GUN, NOW)) is False

    def test_a_published_file_comes_back_byte_for_byte(self, run, store):
        data = bytes(range(256)) * 4
        file = new("timestamp", 7, data)
        run(store.publish(GUN, [file], None, NOW))
        found = run(newest_file(store, GUN, "timestamp"))
        assert (found.role, found.version, found.data, found.sha256) == (
            ("timestamp", 7, data, file.sha256)
        )
        assert found.created_at == NOW
        assert found.created_at.utcoffset().total_seconds() == 0

    def test_the_other_view_sees_what_was_published(self, run, stores):
        run(stores[0].publish(GUN, publication(1), None, NOW))
        assert run(newest_file(stores[1], GUN, "snapshot")).version == 1

    def test_the_newest_file_is_the_one_with_the_highest_version(self, run, store):
        files = [new("root", 10), new("root", 9), new("timestamp", 1)]
        run(store.publish(GUN, files, None, NOW))
        assert run(newest_file(store, GUN, "root")).version == 10

    def test_every_version_can_be_asked_for(self, run, store):
        base = None
        for version in (1, 2, 5):
            files = publication(version)
            run(store.publish(GUN, files, base, NOW))
            base = files[-1].sha256
        found = [run(store.with_version(GUN, "targets", v)) for v in range(7)]
        assert [file and file.version for file in found] == [
            *(None, 1, 2, None, None, 5, None)
        ]

    @pytest.mark.parametrize("version", [-(2**80), -1, 0, 2**31, 2**63, 2**80])
    def test_a_version_outside_of_the_column_is_not_found(self, run, store, version):
        run(store.publish(GUN, publication(1), None, NOW))
        assert run(store.with_version(GUN, "targets", version)) is None

    def test_the_highest_version_of_the_column_is_stored(self, run, store):
        run(store.publish(GUN, publication(2**31 - 1), None, NOW))
        assert run(store.with_version(GUN, "targets", 2**31 - 1)) is not None

    def test_files_are_found_by_their_checksums(self, run, store):
        files = publication(1)
        run(store.publish(GUN, files, None, NOW))
        wanted = {file.role: file.sha256 for file in files[:2]}
        wanted["root"] = "0" * 64
        places = [(GUN, *names) for names in wanted.items()]
        found = run(store.find(places))
        assert [found[place].data for place in places[:2]] == [
            file.data for file in files[:2]
        ]
        assert set(found) == run(store.stored(places)) == set(places[:2])
        assert run(store.present(GUN, wanted)) == {"targets", "snapshot"}

    def test_a_checksum_is_only_found_under_its_own_gun_and_role(self, run, store):
        files = publication(1)
        run(store.publish(GUN, files, None, NOW))
        sha256 = files[0].sha256
        for gun, wanted in [
            ("example.com/other", {"targets": sha256}),
            (GUN, {"snapshot": sha256}),
            (GUN, {"targets": sha256.upper()}),
            (GUN, {"targets": sha256 + " "}),
        ]:
            places = [(gun, *names) for names in wanted.items()]
            assert run(store.find(places)) == {}
            assert run(store.stored(places)) == set()
            assert run(store.present(gun, wanted)) == set()

    def test_an_older_file_is_still_found_by_its_checksum(self, run, store):
        first, second = publication(1), publication(2)
        run(store.publish(GUN, first, None, NOW))
        run(store.publish(GUN, second, first[-1].sha256, LATER))
        place = (GUN, "targets", first[0].sha256)
        found = run(store.find([place]))[place]
        assert (found.version, found.created_at) == (1, NOW)

    @pytest.mark.parametrize(("stored", "asked"), LOOK_ALIKES)
    def test_a_gun_that_only_looks_alike_is_another(self, run, store, stored, asked):
        files = publication(1)
        run(store.publish(stored, files, None, NOW))
        assert run(newest_file(store, asked, "targets")) is None
        assert run(store.with_version(asked, "targets", 1)) is None
        assert run(store.find([(asked, "targets", files[0].sha256)])) == {}
        assert run(store.changes(asked, 10)) == []
        assert run(store.delete(asked, NOW)) is False
        run(store.publish(asked, publication(1), None, NOW))
        assert run(store.delete(asked, NOW)) is True
        assert run(newest_file(store, stored, "targets")).data == files[0].data

    @pytest.mark.parametrize("role", ["Targets", "targets ", "target", "targets/a"])
    def test_a_role_that_only_looks_alike_is_another(self, run, store, role):
        run(store.publish(GUN, publication(1), None, NOW))
        assert run(newest_file(store, GUN, role)) is None

    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_hostile_name_is_not_found(self, run, store, name):
        run(store.publish(GUN, publication(1), None, NOW))
        for gun, role in ((name, "targets"), (GUN, name)):
            assert run(newest_file(store, gun, role)) is None
            assert run(store.with_version(gun, role, 1)) is None
            assert run(store.find([(gun, role, "0" * 64)])) == {}
            assert run(store.present(gun, {role: "0" * 64})) == set()
        assert run(store.present(GUN, {"targets": name})) == set()
        assert run(store.delete(name, NOW)) is False
        assert run(store.changes(name, 10)) == []

    @pytest.mark.parametrize("name", HOSTILE[:3])
    def test_a_hostile_name_is_not_stored(self, run, store, name):
        with pytest.raises(StorageError):
            run(store.publish(name, publication(1), None, NOW))
        hostile = NewFile(name, 1, b"x", "0" * 64)
        with pytest.raises(StorageError):
            run(store.publish(GUN, [*publication(1), hostile], None, NOW))
        assert run(newest_file(store, GUN, "timestamp")) is None

    @pytest.mark.parametrize("version", [-1, 0, 2**31, 2**70])
    def test_a_version_outside_of_the_column_is_not_stored(self, run, store, version):
        with pytest.raises(StorageError):
            run(store.publish(GUN, publication(version), None, NOW))
        assert run(store.changes(None, 10)) == []

    def test_a_name_of_255_characters_is_stored(self, run, store):
        gun = "\u00e9" * 255
        run(store.publish(gun, publication(1), None, NOW))
        assert run(newest_file(store, gun, "timestamp")).version == 1

    @given(name=st.text(st.characters(codec=None), max_size=300))
    @settings(
        max_examples=50,
        deadline=None,
        suppress_health_check=SHARED_BY_SUBCLASSES,
    )
    def test_any_text_may_be_asked_for(self, run, store, name):
        assert run(newest_file(store, name, name)) is None
        assert run(store.present(name, {name: name})) == set()
        assert run(store.changes(name, 1)) == []
