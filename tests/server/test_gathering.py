"""Group reads: for whom the next query waits, and for how long."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from notary.server.grouping import GATHER_FROM, GATHER_SECONDS, Grouping
from tests.reading import Prompt

MOST = 2 * GATHER_FROM


class Database:
    """Remembers what it was asked, and answers when the test says so."""

    def __init__(self):
        self.asked = []
        self._answers = []

    def __call__(self, keys):
        self.asked.append(keys)
        self._answers.append(Deferred())
        return self._answers[-1]

    def answer(self):
        keys, answer = self.asked[-1], self._answers[-1]
        answer.callback(dict.fromkeys(keys, "answer"))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def database():
    return Database()


@pytest.fixture
def group(database, clock):
    return Grouping(database, Prompt(clock), MOST, gathers=True)


@pytest.fixture
def answered(group, database):
    """A group of just so many has been answered, and one who came meanwhile waits."""
    group.ask("first")
    keys = list(range(GATHER_FROM))
    for key in keys:
        group.ask(key)
    database.answer()
    assert database.asked == [["first"], keys]
    group.ask("early")
    database.answer()
    return keys


def test_the_next_query_waits_until_as_many_ask_again(group, database, clock, answered):
    for key in answered[:-1]:
        group.ask(key)
    assert len(database.asked) == 2
    group.ask(answered[-1])
    assert database.asked[2:] == [["early", *answered]]
    assert len(clock.getDelayedCalls()) == 1  # That is for a query that hangs.


def test_who_does_not_ask_again_is_not_waited_for_long(
    group, database, clock, answered
):
    group.ask(answered[0])
    clock.advance(GATHER_SECONDS)
    assert database.asked[2:] == [["early", answered[0]]]
    database.answer()
    group.ask("alone")
    assert database.asked[3:] == [["alone"]]


@pytest.mark.usefixtures("answered")
def test_when_nobody_asks_again_nothing_is_asked_for(group, database, clock):
    clock.advance(GATHER_SECONDS)
    database.answer()
    assert len(database.asked) == 3
    assert clock.getDelayedCalls() == []
    group.ask("later")
    assert database.asked[3:] == [["later"]]


def test_a_query_does_not_wait_for_the_few_of_a_small_group(group, database):
    group.ask("first")
    for key in range(GATHER_FROM - 1):
        group.ask(key)
    database.answer()
    group.ask("early")
    database.answer()
    assert database.asked[2:] == [["early"]]


def test_a_query_that_is_full_does_not_wait(group, database):
    group.ask("first")
    for key in [*range(GATHER_FROM)] * MOST:
        group.ask(key)
    database.answer()
    database.answer()
    full = list(range(MOST))
    for key in full[:-1]:
        group.ask(key)
    assert len(database.asked) == 2
    group.ask(full[-1])
    assert database.asked[2:] == [full]
