"""The memory of what never changes: bounded, and fair to what is used."""

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from notary.server.cache import SHARE, Cache, Counts


@frozen
class Value:
    size: int


def place(number, gun="gun"):
    return (gun, "root", str(number))


@pytest.fixture
def cache():
    return Cache(800)


def kept(cache, numbers, gun="gun"):
    return [n for n in numbers if cache.peek(place(n, gun)) is not None]


def test_what_was_not_used_for_longest_makes_room(cache):
    for number in range(8):
        cache.put(place(number), Value(100))
    assert cache.get(place(0)) == Value(100)
    cache.put(place(8), Value(100))
    assert kept(cache, range(9)) == [0, *range(2, 9)]
    assert cache.counts == Counts(hits=1, misses=0, evictions=1, size=800)


def test_a_value_that_is_put_again_counts_once(cache):
    for _ in range(3):
        cache.put(place(1), Value(60))
    assert cache.counts.size == 60


def test_what_is_too_large_pushes_nothing_out(cache):
    cache.put(place(1), Value(800 // SHARE))
    cache.put(place(2), Value(800 // SHARE + 1))
    assert kept(cache, [1, 2]) == [1]


def test_a_checksum_is_only_known_under_its_own_gun_and_role(cache):
    cache.put(place(1), Value(1))
    assert cache.get(("other", "root", "1")) is None
    assert cache.get(("gun", "targets", "1")) is None
    assert cache.counts.misses == 2


def test_a_repository_is_dropped_as_a_whole_and_no_other(cache):
    for gun in ("a", "b"):
        for number in range(3):
            cache.put(place(number, gun), Value(10))
    cache.drop("a")
    cache.drop("a")
    assert kept(cache, range(3), "a") == []
    assert kept(cache, range(3), "b") == [0, 1, 2]
    assert cache.counts.size == 30


def test_nothing_is_kept_in_no_memory():
    cache = Cache(0)
    cache.put(place(1), Value(1))
    assert cache.counts.size == 0


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["put", "get", "remove", "drop"]),
            st.sampled_from("abc"),
            st.integers(0, 4),
            st.integers(0, 120),
        )
    )
)
def test_what_is_kept_is_what_is_counted_and_never_too_much(steps):
    cache = Cache(400)
    for action, gun, number, size in steps:
        if action == "put":
            cache.put(place(number, gun), Value(size))
        elif action == "drop":
            cache.drop(gun)
        else:
            getattr(cache, action)(place(number, gun))
        there = [cache.peek(place(n, g)) for n in range(5) for g in "abc"]
        assert cache.counts.size == sum(each.size for each in there if each) <= 400
    for gun in "abc":
        cache.drop(gun)
    assert cache.counts.size == 0
