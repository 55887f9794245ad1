"""What may stand behind the question mark."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.debug.parameters import BadParameter, whole_number


@given(st.dictionaries(st.sampled_from([b"n", b"m"]), st.lists(st.binary())))
def test_a_number_is_within_its_limits_or_refused(query):
    with contextlib.suppress(BadParameter):
        assert 1 <= whole_number(query, "n", 7, 1, 300) <= 300


@given(st.integers(1, 300))
def test_every_number_within_the_limits_is_taken(number):
    assert whole_number({b"n": [b"%d" % number]}, "n", 7, 1, 300) == number


@given(st.integers().filter(lambda number: not 1 <= number <= 300))
def test_every_number_outside_of_the_limits_is_refused(number):
    with pytest.raises(BadParameter, match="n must be a whole number from 1 to 300"):
        whole_number({b"n": [b"%d" % number]}, "n", 7, 1, 300)


def test_what_is_not_given_is_the_default_even_if_that_could_not_be_given():
    assert whole_number({b"m": [b"1"]}, "n", 0, 1, 300) == 0


@pytest.mark.parametrize("values", [[b"1", b"1"], [b""], [b"1.5"], [b"\xb2"], [b"+1"]])
def test_what_is_no_number_or_given_twice_is_refused(values):
    with pytest.raises(BadParameter):
        whole_number({b"n": values}, "n", 7, 1, 300)
