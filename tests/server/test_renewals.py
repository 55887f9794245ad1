"""One renewal of a repository at a time, and a memory of what failed."""

import pytest
from attrs import define
from twisted.internet.defer import CancelledError, Deferred

from notary.server.renewals import Renewals
from notary.signing.service import SigningUnavailable

GUN = "example.com/app"
REST = 10


@define
class Seconds:
    """A clock that goes on when it is told to."""

    now: float = 0.0

    def __call__(self):
        return self.now


@define
class Work:
    """Work that begins at once, and ends when it is told to."""

    begun: int = 0
    end: Deferred | None = None

    async def __call__(self):
        self.begun += 1
        self.end = Deferred()
        return await self.end


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
def sharing(seconds):
    return Renewals(seconds)


@pytest.fixture
def work():
    return Work()


def join(sharing, work, gun=GUN, base="base"):
    return Deferred.fromCoroutine(sharing.together(gun, base, work, lambda _: REST))


def result_of(deferred):
    """Return the result, or the type of the error, of a deferred that has fired."""
    found = []
    deferred.addBoth(found.append)
    (result,) = found
    return getattr(result, "type", result)


def test_all_who_come_meanwhile_get_the_result_of_the_first(sharing, work):
    joined = [join(sharing, work) for _ in range(200)]
    assert not any(each.called for each in joined)
    work.end.callback(True)
    assert {result_of(each) for each in joined} == {True}
    assert work.begun == 1


def test_repositories_do_not_wait_for_each_other(sharing, work):
    other = Work()
    first, second = join(sharing, work), join(sharing, other, gun="other")
    other.end.callback(True)
    assert result_of(second) is True
    assert not first.called
    work.end.callback(False)
    assert result_of(first) is False


def test_who_comes_afterwards_begins_anew(sharing, work):
    for number in (1, 2):
        joined = join(sharing, work)
        work.end.callback(True)
        assert result_of(joined) is True
        assert work.begun == number


def test_a_failure_is_that_of_all_and_of_who_comes_soon_after(sharing, work, seconds):
    joined = [join(sharing, work) for _ in range(12)]
    work.end.errback(SigningUnavailable("it is down"))
    assert {result_of(each) for each in joined} == {SigningUnavailable}
    assert not sharing.may_try(GUN, "base")
    seconds.now += REST
    assert result_of(join(sharing, work)) is SigningUnavailable
    assert work.begun == 1
    seconds.now += 1
    again = join(sharing, work)
    work.end.callback(True)
    assert result_of(again) is True
    assert not sharing.has_failed(GUN, "base")


def test_a_failure_says_nothing_of_another_state_or_repository(sharing, work):
    joined = join(sharing, work)
    work.end.errback(SigningUnavailable("it is down"))
    assert result_of(joined) is SigningUnavailable
    assert sharing.has_failed(GUN, "base")
    assert not sharing.has_failed(GUN, "other")
    assert not sharing.has_failed("other", "base")
    assert sharing.may_try(GUN, "other")
    assert not join(sharing, work, base="other").called
    assert work.begun == 2


def test_who_goes_away_takes_nothing_from_the_others(sharing, work):
    first, second = join(sharing, work), join(sharing, work)
    first.cancel()
    assert result_of(first) is CancelledError
    work.end.callback(True)
    assert result_of(second) is True


def test_what_is_begun_for_nobody_is_shared_and_begun_once(sharing, work, seconds):
    for _ in range(3):
        sharing.begin(GUN, "base", work, lambda _: REST)
    joined = join(sharing, work)
    assert work.begun == 1
    work.end.errback(SigningUnavailable("it is down"))
    assert result_of(joined) is SigningUnavailable
    sharing.begin(GUN, "base", work, lambda _: REST)
    assert work.begun == 1
    seconds.now += REST + 1
    sharing.begin(GUN, "base", work, lambda _: REST)
    assert work.begun == 2


def test_no_more_are_begun_for_nobody_than_may_run(seconds, work):
    sharing = Renewals(seconds, max_running=2)
    for number in range(4):
        sharing.begin(f"gun-{number}", "base", work, lambda _: REST)
    assert work.begun == 2
    assert not join(sharing, work).called
    assert work.begun == 3


def test_too_many_who_wait_are_refused(seconds, work):
    sharing = Renewals(seconds, max_waiting=3)
    joined = [join(sharing, work) for _ in range(4)]
    assert result_of(joined.pop()) is SigningUnavailable
    work.end.callback(True)
    assert {result_of(each) for each in joined} == {True}
    assert not join(sharing, work).called


def test_only_so_many_failures_are_remembered(seconds):
    sharing = Renewals(seconds, max_failures=5)
    for number in range(7):
        work = Work()
        joined = join(sharing, work, gun=f"gun-{number}")
        work.end.errback(SigningUnavailable("it is down"))
        assert result_of(joined) is SigningUnavailable
    remembered = [sharing.has_failed(f"gun-{number}", "base") for number in range(7)]
    assert remembered == [False] * 2 + [True] * 5
