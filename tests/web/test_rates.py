"""How often changes are let in, when that is configured."""

import pytest
from attrs import evolve

from notary.settings.model import RatesSettings
from notary.web import rates
from notary.web.rates import MAX_REMEMBERED, Rate, TooManyRequests
from tests.web.serving import GUN, TUF, settings


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def admitted(rate, name, tries):
    """Return how many of so many requests are let in."""
    count = 0
    for _ in range(tries):
        try:
            rate.admit(name)
        except TooManyRequests:
            continue
        count += 1
    return count


def test_a_minutes_worth_may_come_at_once_and_comes_back_little_by_little():
    clock = Clock()
    rate = Rate("repository", 6, clock)
    assert admitted(rate, "a", 10) == 6
    clock.now += 10
    assert admitted(rate, "a", 10) == 1
    clock.now += 3600
    assert admitted(rate, "a", 10) == 6


def test_the_error_says_when_to_come_back():
    clock = Clock()
    rate = Rate("repository", 2, clock)
    admitted(rate, "a", 2)
    clock.now += 10
    with pytest.raises(TooManyRequests) as raised:
        rate.admit("a")
    assert raised.value.seconds == pytest.approx(20)
    clock.now += raised.value.seconds
    rate.admit("a")


def test_names_do_not_share_a_rate():
    rate = Rate("repository", 1, Clock())
    assert [admitted(rate, name, 3) for name in "abc"] == [1, 1, 1]


def test_only_so_many_names_are_remembered():
    rate = Rate("repository", 1, Clock())
    for number in range(MAX_REMEMBERED + 5):
        rate.admit(str(number))
    assert admitted(rate, str(MAX_REMEMBERED), 1) == 0
    assert admitted(rate, "0", 1) == 1


def test_without_rates_everything_is_let_in():
    nothing = rates.rates(0, 0, Clock())
    for _ in range(100):
        nothing.admit("gun", "subject")


def test_the_subject_counts_over_all_repositories_and_anonymous_ones_do_not():
    both = rates.rates(0, 2, Clock())
    both.admit("a", "alice")
    both.admit("b", "alice")
    with pytest.raises(TooManyRequests, match="this subject"):
        both.admit("c", "alice")
    both.admit("c", "bob")
    for _ in range(5):
        both.admit("c", "")


@pytest.mark.parametrize("route", ["publish", "key creation", "rotation"])
def test_a_change_beyond_the_rate_is_answered_with_429_and_others_go_on(serving, route):
    method, path = {
        "publish": ("POST", TUF),
        "key creation": ("GET", f"{TUF}timestamp.key"),
        "rotation": ("POST", f"{TUF}snapshot.key"),
    }[route]
    configured = evolve(settings(), rates=RatesSettings(gun_per_minute=1))
    with serving(configured=configured) as client:
        assert client(method, path).status != 429
        refused = client(method, path)
        assert (refused.status, refused.code) == (429, "TOOMANYREQUESTS")
        assert refused.error["detail"] == (
            "too many changes of this repository in one minute"
        )
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert client(method, path.replace(GUN, "another")).status != 429
        assert client("GET", f"{TUF}timestamp.json").status == 404
        assert client("DELETE", TUF).status == 200
