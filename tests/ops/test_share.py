"""What processes tell each other of their connections."""

import os

import pytest

from notary.ops.share import Share, alone, memory_for, opened


@pytest.fixture
def shares():
    """Three shares in one memory, as three processes would open them."""
    memory = memory_for(3)
    found = [opened(os.dup(memory), place) for place in range(3)]
    os.close(memory)
    return found


def test_each_sees_who_has_clearly_fewer(shares):
    for share, connections in zip(shares, (10, 7, 9), strict=True):
        share.hold(connections)
    assert [share.with_fewer() for share in shares] == [{1}, set(), set()]


def test_of_many_connections_a_few_more_are_not_too_many(shares):
    for share, connections in zip(shares, (1000, 880, 870), strict=True):
        share.hold(connections)
    assert shares[0].with_fewer() == {2}


def test_one_connection_is_nobodys_fault(shares):
    shares[0].hold(1)
    assert shares[0].with_fewer() == set()


def test_each_sees_how_often_the_others_have_looked(shares):
    shares[1].look()
    shares[1].look()
    shares[2].look()
    assert list(shares[0].looks()) == [0, 2, 1]


def test_looks_are_counted_without_end():
    memory = memoryview(bytearray(b"\xff" * 8)).cast("I")
    share = Share(memory, 0)
    share.look()
    assert list(share.looks()) == [0]


def test_who_is_started_again_has_no_connections(shares):
    shares[0].hold(5)
    shares[1].hold(3)
    Share(shares[0]._memory, 0)
    assert shares[1].with_fewer() == {0, 2}


def test_alone_nobody_has_fewer():
    share = alone()
    share.hold(100)
    assert share.with_fewer() == set()


def test_what_is_no_memory_for_shares_is_refused():
    with open(os.devnull, "rb") as nothing, pytest.raises((OSError, ValueError)):
        opened(os.dup(nothing.fileno()), 0)
    memory = memory_for(1)
    with pytest.raises(IndexError):
        opened(memory, 1)
