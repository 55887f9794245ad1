"""What every key store promises, as tests that each of them subclasses."""

from datetime import UTC, datetime

import pytest
from attrs import evolve

from notary.signing.keystore import KeyExists, KeyRow
from notary.storage.store import StorageError

NOW = datetime(2026, 11, 22, 10, 50, 3, tzinfo=UTC)
ROW = KeyRow("b" * 64, "ecdsa", b"\0public", "e30.a.b.c.d", "gun", "timestamp", "one")
HOSTILE = ["", "\0", "\ud800", "x" * 256]


class KeyStoreContract:
    """Subclasses give the fixture ``keys``: an empty store."""

    @pytest.fixture
    def keys(self):
        raise NotImplementedError

    def test_a_row_comes_back_as_it_was_stored(self, run, keys):
        run(keys.insert(ROW, NOW))
        assert run(keys.by_id(ROW.key_id)) == ROW
        used = evolve(ROW, key_id="c", last_used=NOW)
        run(keys.insert(used, NOW))
        assert run(keys.by_id("c")) == used

    def test_an_id_is_taken_only_once_and_for_good(self, run, keys):
        run(keys.insert(ROW, NOW))
        another = evolve(ROW, private="another", gun="other")
        for _ in range(2):
            with pytest.raises(KeyExists):
                run(keys.insert(another, NOW))
            with pytest.raises(KeyExists):
                run(keys.reuse_or_insert(another, NOW))
            run(keys.delete(ROW.key_id, NOW))
        assert run(keys.by_id(ROW.key_id)) is None

    def test_of_unused_keys_the_one_with_the_lowest_id_is_returned(self, run, keys):
        for key_id in "cab":
            run(keys.insert(evolve(ROW, key_id=key_id), NOW))
        assert run(keys.unused("gun", "timestamp", "ecdsa")).key_id == "a"
        assert run(keys.mark_used("a", NOW)) is True
        assert run(keys.unused("gun", "timestamp", "ecdsa")).key_id == "b"
        run(keys.delete("b", NOW))
        assert run(keys.unused("gun", "timestamp", "ecdsa")).key_id == "c"
        assert run(keys.by_id("a")).last_used == NOW

    @pytest.mark.parametrize(
        "facts",
        [
            *(("Gun", "timestamp", "ecdsa"), ("gun ", "timestamp", "ecdsa")),
            *(("gun", "Timestamp", "ecdsa"), ("gun", "timestamp", "ed25519")),
        ],
    )
    def test_an_unused_key_fits_exactly(self, run, keys, facts):
        run(keys.insert(ROW, NOW))
        assert run(keys.unused(*facts)) is None

    def test_an_unused_key_is_reused_instead_of_inserting(self, run, keys):
        assert run(keys.reuse_or_insert(ROW, NOW)) == ROW
        second = evolve(ROW, key_id="a" * 64)
        assert run(keys.reuse_or_insert(second, NOW)) == ROW
        assert run(keys.by_id(second.key_id)) is None
        run(keys.mark_used(ROW.key_id, NOW))
        assert run(keys.reuse_or_insert(second, NOW)) == second

    def test_marking_twice_in_one_second_finds_the_key_twice(self, run, keys):
        run(keys.insert(ROW, NOW))
        assert run(keys.mark_used(ROW.key_id, NOW)) is True
        assert run(keys.mark_used(ROW.key_id, NOW)) is True

    def test_a_deleted_key_cannot_be_marked(self, run, keys):
        run(keys.insert(ROW, NOW))
        run(keys.delete(ROW.key_id, NOW))
        assert run(keys.mark_used(ROW.key_id, NOW)) is False

    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_hostile_name_is_not_found(self, run, keys, name):
        run(keys.insert(ROW, NOW))
        assert run(keys.by_id(name)) is None
        assert run(keys.unused(name, "timestamp", "ecdsa")) is None
        assert run(keys.unused("gun", name, "ecdsa")) is None
        assert run(keys.unused("gun", "timestamp", name)) is None
        assert run(keys.mark_used(name, NOW)) is False
        run(keys.delete(name, NOW))
        assert run(keys.by_id(ROW.key_id)) == ROW

    @pytest.mark.parametrize("name", HOSTILE[1:])
    @pytest.mark.parametrize("column", ["key_id", "gun", "role"])
    def test_a_name_that_does_not_fit_is_not_stored(self, run, keys, column, name):
        row = evolve(ROW, **{column: name})
        with pytest.raises(StorageError):
            run(keys.insert(row, NOW))
        with pytest.raises(StorageError):
            run(keys.reuse_or_insert(row, NOW))

    def test_keys_are_found_by_their_exact_alias_in_batches(self, run, keys):
        aliases = ("one", "One", "one ", "two", "\u00f6ne")
        for number, alias in enumerate(aliases):
            row = evolve(ROW, key_id=f"other{number}", passphrase_alias=alias)
            run(keys.insert(row, NOW))
        wanted = [evolve(ROW, key_id=f"key{number}") for number in range(5)]
        for row in reversed(wanted):
            run(keys.insert(row, NOW))
        run(keys.delete("key3", NOW))
        found, after = [], ""
        while batch := run(keys.under_alias("one", after, 2)):
            assert len(batch) <= 2
            found += batch
            after = batch[-1].key_id
        assert found == [*wanted, evolve(ROW, key_id="other0")]
        for alias in ("ONE", "one  ", "", *HOSTILE):
            assert run(keys.under_alias(alias, "", 9)) == []

    def test_private_part_and_alias_are_replaced_together(self, run, keys):
        other = evolve(ROW, key_id="a")
        for row in (ROW, other):
            run(keys.insert(row, NOW))
        run(keys.mark_used(ROW.key_id, NOW))
        assert run(keys.replace_private(ROW, "new", "One", NOW)) is True
        expected = evolve(ROW, private="new", passphrase_alias="One", last_used=NOW)
        assert run(keys.by_id(ROW.key_id)) == expected
        assert run(keys.by_id("a")) == other
        assert run(keys.unused("gun", "timestamp", "ecdsa")) == other

    @pytest.mark.parametrize(
        "changes",
        [
            *({"private": "E30.a.b.c.d"}, {"private": "\ufffd"}),
            *({"passphrase_alias": "One"}, {"passphrase_alias": "one "}),
            *({"key_id": "c"}, {"key_id": "B" * 64}),
        ],
    )
    def test_what_is_not_as_it_was_read_is_not_replaced(self, run, keys, changes):
        run(keys.insert(ROW, NOW))
        read = evolve(ROW, **changes)
        assert run(keys.replace_private(read, "new", "two", NOW)) is False
        assert run(keys.by_id(ROW.key_id)) == ROW

    def test_of_two_that_replace_the_same_the_second_is_told(self, run, keys):
        run(keys.insert(ROW, NOW))
        assert run(keys.replace_private(ROW, "first", "two", NOW)) is True
        assert run(keys.replace_private(ROW, "second", "two", NOW)) is False
        assert run(keys.by_id(ROW.key_id)).private == "first"

    def test_a_deleted_key_is_replaced_and_stays_deleted(self, run, keys):
        run(keys.insert(ROW, NOW))
        run(keys.delete(ROW.key_id, NOW))
        assert run(keys.replace_private(ROW, "new", "two", NOW)) is True
        assert run(keys.by_id(ROW.key_id)) is None
        moved = evolve(ROW, private="new", passphrase_alias="two")
        assert run(keys.under_alias("two", "", 9)) == [moved]
        with pytest.raises(KeyExists):
            run(keys.insert(ROW, NOW))
