"""When a file that the server signed is due: a rule of dates and nothing else."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.tuf import moment
from notary.tuf.renewal import ONLY_EXPIRED, due_at, is_due
from tests.publisher import NOW

LIFE = timedelta(days=14)
SECONDS = st.integers(-(10**9), 10**9).map(lambda seconds: timedelta(seconds=seconds))


def due_after(days, percent):
    """Tell whether a timestamp is due so many days after it was stored."""
    now = moment.of(NOW + timedelta(days=days))
    return is_due(NOW, moment.of(NOW + LIFE), percent, now)


@pytest.mark.parametrize(
    ("percent", "not_yet", "already"),
    [(50, 7, 7.01), (1, 0.13, 0.15), (90, 12.5, 12.7), (99, 13.8, 13.9)],
)
def test_a_file_is_due_when_so_much_of_its_life_is_over(percent, not_yet, already):
    assert not due_after(not_yet, percent)
    assert due_after(already, percent)


def test_at_a_hundred_percent_nothing_is_due_not_even_what_has_expired():
    assert not due_after(1000, ONLY_EXPIRED)


def test_what_was_stored_after_it_had_expired_is_due_since_it_expired():
    expires = moment.of(NOW - LIFE)
    assert due_at(NOW, expires, 50) == expires.nanoseconds


@given(SECONDS, st.integers(1, 99))
def test_nothing_stays_undue_once_it_has_expired(life, percent):
    expires = moment.of(NOW + life)
    assert due_at(NOW, expires, percent) <= expires.nanoseconds
    just_expired = moment.Moment(expires.nanoseconds + 1)
    assert is_due(NOW, expires, percent, just_expired)


@given(SECONDS, st.integers(1, 98))
def test_a_higher_percentage_is_never_due_earlier(life, percent):
    expires = moment.of(NOW + life)
    assert due_at(NOW, expires, percent) <= due_at(NOW, expires, percent + 1)


@given(SECONDS, st.integers(1, 99), SECONDS)
def test_what_is_due_stays_due(life, percent, later):
    expires = moment.of(NOW + life)
    due = due_at(NOW, expires, percent)
    now = moment.of(NOW + later)
    assert is_due(NOW, expires, percent, now) == (now.nanoseconds > due)
    if life > timedelta(0):
        assert due > moment.of(NOW).nanoseconds
