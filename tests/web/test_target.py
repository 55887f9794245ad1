"""Request targets: clean paths, and query parameters as Go reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.web import target
from notary.web.target import UNDECODABLE, BadTarget


@pytest.mark.parametrize(
    ("uri", "location"),
    [
        (b"//v2/", b"/v2/"),
        (b"/v2//a/_trust/tuf/root.json", b"/v2/a/_trust/tuf/root.json"),
        (b"/v2/x/../a/_trust/tuf/root.json", b"/v2/a/_trust/tuf/root.json"),
        (b"/v2/./a/?x=%2F", b"/v2/a/?x=%2F"),
        (b"/v2/a%2F%2Fb", b"/v2/a/b"),
        (b"/v2/%2e%2e/c%20d*%3F", b"/c%20d%2A%3F"),
        (b"/v2/..", b"/"),
        (b"///evil.example/..//", b"/"),
        (b"http://host//v2/", b"/v2/"),
    ],
)
def test_an_unclean_path_is_redirected_to_the_clean_one(uri, location):
    assert target.parse(uri).redirect() == location


@pytest.mark.parametrize(
    "uri", [b"/", b"/v2/", b"/v2/.a/b.", b"/v2/...", b"*", b"/v2/a?b=//", b"http://h"]
)
def test_a_clean_path_is_left_alone(uri):
    assert target.parse(uri).redirect() is None


@pytest.mark.parametrize("uri", [b"foo", b"/v2/%zz", b"/v2/%2", b"ftp://host/"])
def test_what_is_no_path_is_refused(uri):
    with pytest.raises(BadTarget):
        target.parse(uri)


def test_bytes_that_are_no_text_become_a_character_that_no_name_contains():
    assert target.parse(b"/a%FFb\xff").path == f"/a{UNDECODABLE}b{UNDECODABLE}"


@given(st.binary())
def test_every_target_is_parsed_or_refused(data):
    try:
        found = target.parse(data)
    except BadTarget:
        return
    found.path.encode()
    location = found.redirect()
    if location is not None:
        assert not location.startswith(b"//")
        assert target.parse(location).redirect() is None


@pytest.mark.parametrize(
    ("query", "value"),
    [
        (b"", None),
        (b"b=1", None),
        (b"a=1&a=2", "1"),
        (b"a", ""),
        (b"a=", ""),
        (b"a=+1", " 1"),
        (b"a=%2B1", "+1"),
        (b"a=1;b=2", None),
        (b"a=1;b=2&a=3", "3"),
        (b"a=%zz&a=3", "3"),
        (b"%61=x=y", "x=y"),
    ],
)
def test_a_parameter_is_what_go_takes_it_for(query, value):
    assert target.parameter(query, "a") == value
