"""Group reads: who is answered by which query, and who waits for what."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from notary.server import grouping
from notary.server.grouping import Grouping
from notary.storage.store import StorageError
from tests.reading import Prompt


class Database:
    """Remembers what it was asked, and answers when the test says so."""

    def __init__(self):
        self.asked = []
        self.answers = []

    def __call__(self, keys):
        self.asked.append(list(keys))
        self.answers.append(Deferred())
        return self.answers[-1]

    def answer(self, number):
        self.answers[number].callback({key: key * 10 for key in self.asked[number]})

    def fail(self, number, error):
        self.answers[number].errback(error)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def database():
    return Database()


@pytest.fixture
def group(database, clock):
    return Grouping(database, Prompt(clock), 3)


def outcome(deferred):
    """Return what the Deferred has now, ``...`` for nothing yet."""
    found = [...]
    deferred.addErrback(lambda failure: failure.value)
    deferred.addCallback(lambda value: found.append(value) or value)
    return found[-1]


def test_who_comes_alone_is_asked_for_at_once(group, database):
    answer = group.ask(1)
    assert database.asked == [[1]]
    database.answer(0)
    assert outcome(answer) == 10


def test_who_comes_in_the_same_turn_of_the_reactor_is_asked_for_together(database):
    clock = Clock()
    group = Grouping(database, clock, 3)
    answers = [group.ask(key) for key in (1, 2, 1)]
    assert database.asked == []
    clock.advance(0)
    database.answer(0)
    assert database.asked == [[1, 2]]
    assert [outcome(answer) for answer in answers] == [10, 20, 10]


def test_who_comes_during_a_query_is_answered_by_the_next_one(group, database):
    first, others = group.ask(1), [group.ask(key) for key in (1, 2, 1, 2)]
    assert database.asked == [[1]]
    database.answer(0)
    assert outcome(first) == 10
    assert [outcome(other) for other in others] == [...] * 4
    assert database.asked == [[1], [1, 2]]
    database.answer(1)
    assert [outcome(other) for other in others] == [10, 20, 10, 20]


def test_what_the_database_leaves_out_is_none(group, database):
    answer = group.ask(1)
    database.answers[0].callback({})
    assert outcome(answer) is None


def test_a_group_is_bounded_and_the_rest_waits_for_the_one_after_it(group, database):
    group.ask(0)
    answers = [group.ask(key) for key in (1, 2, 3, 4, 1)]
    database.answer(0)
    database.answer(1)
    database.answer(2)
    assert database.asked == [[0], [1, 2, 3], [4]]
    assert [outcome(answer) for answer in answers] == [10, 20, 30, 40, 10]


def test_a_failure_is_that_of_its_own_group_alone(group, database):
    first, same, later = group.ask(1), group.ask(2), group.ask(2)
    database.fail(0, StorageError("lost"))
    assert str(outcome(first)) == "lost"
    assert outcome(same) is ...
    database.fail(1, StorageError("lost again"))
    errors = [outcome(same), outcome(later)]
    assert [str(error) for error in errors] == ["lost again"] * 2
    assert errors[0] is not errors[1]
    again = group.ask(2)
    database.answer(2)
    assert outcome(again) == 20


def test_a_bug_in_the_query_is_told_and_holds_up_nobody(group, database):
    first, second = group.ask(1), group.ask(2)
    database.fail(0, ZeroDivisionError())
    assert isinstance(outcome(first), ZeroDivisionError)
    database.answer(1)
    assert outcome(second) == 20


def test_a_query_that_hangs_holds_up_the_others_only_shortly(group, database, clock):
    hanging, waiting = group.ask(1), group.ask(1)
    clock.advance(grouping.OVERDUE_SECONDS)
    assert database.asked == [[1], [1]]
    third = group.ask(1)
    database.answer(1)
    assert outcome(waiting) == 10
    assert database.asked == [[1], [1], [1]]
    database.answer(2)
    assert outcome(third) == 10
    assert outcome(group.ask(3)) is ...
    assert database.asked[3] == [3]
    assert outcome(hanging) is ...
    database.answer(0)
    assert outcome(hanging) == 10


def test_only_so_many_queries_hang_at_the_same_time(group, database, clock):
    answers = []
    for _ in range(grouping.MAX_IN_FLIGHT + 3):
        answers.append(group.ask(1))
        clock.advance(grouping.OVERDUE_SECONDS)
    assert len(database.asked) == grouping.MAX_IN_FLIGHT
    database.answer(0)
    assert len(database.asked) == grouping.MAX_IN_FLIGHT + 1
    for number in range(1, len(database.asked)):
        database.answer(number)
    assert [outcome(answer) for answer in answers] == [10] * len(answers)
    assert clock.getDelayedCalls() == []


def test_who_waits_behind_queries_that_hang_is_refused_in_time(group, database, clock):
    hanging = []
    for _ in range(grouping.MAX_IN_FLIGHT):
        hanging.append(group.ask(1))
        clock.advance(grouping.OVERDUE_SECONDS)
    early = group.ask(2)
    clock.advance(grouping.WAIT_SECONDS / 2)
    late = group.ask(3)
    clock.advance(grouping.WAIT_SECONDS / 2)
    assert isinstance(outcome(early), StorageError)
    assert outcome(late) is ...
    database.answer(0)
    assert database.asked[grouping.MAX_IN_FLIGHT :] == [[3]]
    database.answer(grouping.MAX_IN_FLIGHT)
    assert outcome(late) == 30
    again = group.ask(2)
    clock.advance(grouping.WAIT_SECONDS)
    assert outcome(again) is ...
    for number in range(1, len(database.asked)):
        if number != grouping.MAX_IN_FLIGHT:
            database.answer(number)
    assert [outcome(each) for each in (*hanging, again)] == [10] * 4 + [20]
    assert clock.getDelayedCalls() == []


def test_only_so_many_may_wait(group, database):
    group.ask(0)
    waiting = [group.ask(1) for _ in range(grouping.MAX_WAITING)]
    with pytest.raises(StorageError, match="too many"):
        group.ask(2)
    database.answer(0)
    database.answer(1)
    assert {outcome(each) for each in waiting} == {10}
    assert outcome(group.ask(2)) is ...
    assert database.asked[-1] == [2]


def test_who_has_gone_meanwhile_is_not_missed(group, database):
    group.ask(0)
    gone, patient = group.ask(1), group.ask(1)
    gone.cancel()
    outcome(gone)
    database.answer(0)
    database.answer(1)
    assert outcome(patient) == 10
