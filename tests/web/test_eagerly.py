"""Work that begins at once: its outcome, its errors, and the context it sets."""

from contextvars import ContextVar

import pytest
from twisted.internet.defer import Deferred

from notary.web.eagerly import begin

SEEN: ContextVar[str] = ContextVar("seen", default="nothing")


async def work(*awaited):
    SEEN.set("work")
    said = [await each for each in awaited]
    return (*said, SEEN.get())


def test_what_waits_for_nothing_is_done_at_once():
    assert begin(work()) == ("work",)
    assert SEEN.get() == "nothing"


def test_an_error_at_once_is_raised():
    async def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        begin(fail())


def test_what_waits_goes_on_with_each_value_in_its_context():
    first, second, done = Deferred(), Deferred(), []
    begin(work(first, second)).addCallback(done.append)
    first.callback(1)
    assert done == []
    second.callback(2)
    assert done == [(1, 2, "work")]
    assert SEEN.get() == "nothing"


def test_what_has_been_answered_already_is_not_waited_for():
    ready = Deferred()
    ready.callback(3)
    assert begin(work(ready)) == (3, "work")


def test_an_error_that_is_waited_for_can_be_caught_and_others_come_out():
    first, second = Deferred(), Deferred()

    async def careful():
        try:
            await first
        except KeyError:
            await second

    outcome = begin(careful())
    first.errback(KeyError())
    second.errback(ZeroDivisionError())
    failed = []
    outcome.addErrback(failed.append)
    assert failed[0].check(ZeroDivisionError)
