"""Memory is given back when many connections have ended, and really is."""

from pathlib import Path

import pytest
from OpenSSL import SSL
from twisted.internet.task import Clock

from notary.ops.spare_memory import LATER_SECONDS, MANY, SpareMemory, give_back


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def given():
    return []


@pytest.fixture
def spare(clock, given):
    return SpareMemory(clock, lambda: given.append(clock.seconds()))


def count(spare, *numbers):
    for number in numbers:
        spare.count(number)


def test_memory_is_given_back_once_after_most_of_many_connections_ended(
    spare, clock, given
):
    count(spare, 2 * MANY, MANY + 1)
    clock.advance(2 * LATER_SECONDS)
    assert given == []
    count(spare, MANY, MANY - 1, 1)
    clock.advance(LATER_SECONDS)
    assert given == [3 * LATER_SECONDS]
    clock.advance(10 * LATER_SECONDS)
    assert len(given) == 1


def test_few_connections_that_come_and_go_cause_nothing(spare, clock, given):
    for _ in range(10):
        count(spare, MANY - 1, 0)
    clock.advance(10)
    assert given == []


def test_every_crowd_that_leaves_is_followed_by_it(spare, clock, given):
    for _ in range(3):
        count(spare, 2 * MANY, 0)
        clock.advance(LATER_SECONDS)
    assert len(given) == 3


def test_what_connections_took_is_no_longer_the_process_own():
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    give_back()
    before = resident()
    connections = [SSL.Connection(context, None) for _ in range(3000)]
    taken = resident() - before
    last = connections[-1]
    connections.clear()
    give_back()
    assert taken > 20_000_000
    assert resident() - before < taken / 4
    assert last is not None


def resident():
    """Return the bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096
