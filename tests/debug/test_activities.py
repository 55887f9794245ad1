"""What the program does and waits for."""

from functools import partial

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock, LoopingCall

from notary.debug import text
from notary.debug.activities import activities

HERE = "tests.debug.test_activities"


async def inner(waited_for):
    password = "hunter2"  # noqa: F841 -- what must not be seen
    return await waited_for


async def outer(waited_for):
    return await inner(waited_for)


def later(*arguments):
    """Do nothing."""


@pytest.fixture
def waiting():
    """A coroutine that waits, until the end of the test."""
    waited_for = Deferred()
    done = Deferred.fromCoroutine(outer(waited_for))
    yield
    waited_for.callback(None)
    assert done.called


def of_kind(kind, found):
    return [each for each in found if each.kind == kind]


def test_a_waiting_coroutine_is_one_activity_with_what_it_waits_in(waiting):
    mine = [
        [place.function for place in each.stack]
        for each in of_kind("coroutine", activities(Clock()))
        if each.name == "outer"
    ]
    assert mine == [
        ["twisted.internet.defer.Deferred.__iter__", f"{HERE}.inner", f"{HERE}.outer"]
    ]


def test_the_thread_that_asks_is_seen():
    threads = of_kind("thread", activities(Clock()))
    (own,) = [each for each in threads if each.name == "MainThread"]
    assert f"{HERE}.{test_the_thread_that_asks_is_seen.__name__}" in {
        place.function for place in own.stack
    }


def test_a_delayed_call_is_named_by_its_function():
    clock = Clock()
    clock.callLater(5, partial(partial(later, "hunter2")))
    (found,) = of_kind("delayed call", activities(clock))
    assert found.name == "in 5.0 s"
    assert [place.function for place in found.stack] == [f"{HERE}.later"]


def test_what_is_called_need_not_be_a_function():
    clock = Clock()
    loop = LoopingCall(later)
    loop.clock = clock
    loop.start(3, now=False)
    (found,) = of_kind("delayed call", activities(clock))
    assert found.stack[0].function == "twisted.internet.task.LoopingCall"
    loop.stop()


@pytest.mark.parametrize("show", [text.grouped, text.one_by_one])
def test_no_value_of_a_variable_or_argument_is_shown(show, waiting):
    clock = Clock()
    clock.callLater(5, later, "hunter2")
    shown = show(activities(clock))
    assert f"{HERE}.inner" in shown
    assert f"{HERE}.later" in shown
    assert "hunter2" not in shown


def test_equal_stacks_are_counted_together():
    clock = Clock()
    for seconds in (1, 2, 3):
        clock.callLater(seconds, later)
    found = activities(clock)
    shown = text.grouped(found).splitlines()
    assert shown[0] == f"goroutine profile: total {len(found)}"
    assert "3 delayed call" in shown
