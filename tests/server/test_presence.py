"""From when to when a file was there, by what queries said of its timestamp."""

import pytest

from notary.server.presence import Presence

GUN = "example.com/app"


@pytest.fixture
def presence():
    seen = Presence()
    seen.see(GUN, "first", 1, 10)
    return seen


def test_of_what_was_not_seen_nothing_is_known(presence):
    assert "other" not in presence
    assert presence.version("other") == 0
    assert not presence.covers("other", 99)
    assert presence.until("other", 99) == 99


def test_what_was_found_after_a_timestamp_is_there_as_long_as_that(presence):
    assert not presence.confirm(GUN, "first", 20, 21)
    assert presence.until(GUN, 11) == 20
    assert presence.until(GUN, 15) == 20
    assert presence.until(GUN, 25) == 25


def test_what_was_found_before_the_timestamp_may_have_been_deleted(presence):
    presence.confirm(GUN, "first", 20, 21)
    for when in (9, 10):
        assert not presence.covers(GUN, when)
        assert presence.until(GUN, when) == when


def test_what_was_found_while_a_query_was_under_way_may_be_older_than_its_answer(
    presence,
):
    presence.confirm(GUN, "second", 30, 33)
    presence.confirm(GUN, "second", 40, 41)
    assert not presence.covers(GUN, 32)
    assert presence.until(GUN, 34) == 40


def test_another_timestamp_says_nothing_of_what_was_there_before_it(presence):
    presence.confirm(GUN, "first", 20, 21)
    assert presence.confirm(GUN, "second", 30, 31)
    assert presence.until(GUN, 20) == 20
    assert presence.version(GUN) == 1
    presence.see(GUN, "second", 2, 35)
    assert presence.version(GUN) == 2
    presence.confirm(GUN, "second", 40, 41)
    assert presence.until(GUN, 32) == 40


def test_an_answer_that_comes_late_changes_nothing(presence):
    presence.confirm(GUN, "second", 30, 31)
    assert not presence.confirm(GUN, "first", 20, 32)
    assert presence.until(GUN, 33) == 33


def test_what_was_forgotten_is_not_brought_back_by_a_late_answer(presence):
    presence.forget(GUN)
    assert not presence.confirm(GUN, "first", 20, 21)
    assert GUN not in presence


def test_a_timestamp_that_replaces_another_begins_anew(presence):
    presence.confirm(GUN, "first", 20, 21)
    presence.see(GUN, "second", 2, 25)
    assert not presence.covers(GUN, 25)
    assert presence.covers(GUN, 26)


def test_so_many_are_remembered_and_no_more():
    seen = Presence(most=2)
    for number in range(3):
        seen.see(f"gun-{number}", "a", 1, 10)
    assert [f"gun-{number}" in seen for number in range(3)] == [False, False, True]
