"""Base64url is written without padding, and read in no other form than its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.auth import base64url


@given(st.binary())
def test_what_is_written_is_read_again(data):
    assert base64url.decode(base64url.encode(data)) == data


@pytest.mark.parametrize("text", ["_-8", "_-8="])
def test_padding_may_be_there_or_not(text):
    assert base64url.decode(text) == b"\xff\xef"


@pytest.mark.parametrize("text", ["+/8", "a b", "a===", "a", "abcde", "ü", "_-8\n"])
def test_whatever_else_is_none(text):
    assert base64url.decode(text) is None
