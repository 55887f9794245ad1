"""Who may ask the debug server."""

import pytest
from twisted.web.http_headers import Headers

from notary.debug.visitors import is_local

HERE = {"Host": ["localhost:8080"]}


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "[::1]"]
)
def test_who_asks_for_this_machine_is_let_in(host):
    assert is_local(Headers({"Host": [host]}))


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        [""],
        ["evil.example"],
        ["evil.example:8080"],
        ["localhost.evil.example"],
        ["localhost@evil.example"],
        ["127.0.0.10"],
        ["[::2]"],
        ["localhost", "localhost"],
    ],
)
def test_who_asks_for_any_other_name_is_not(hosts):
    assert not is_local(Headers({"Host": hosts}))


@pytest.mark.parametrize("site", ["none", "same-origin"])
def test_a_browser_that_was_sent_here_by_its_user_is_let_in(site):
    assert is_local(Headers({**HERE, "Sec-Fetch-Site": [site]}))


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "new-kind"])
def test_a_browser_that_was_sent_here_by_another_page_is_not(site):
    assert not is_local(Headers({**HERE, "Sec-Fetch-Site": [site]}))


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [
        ("http://localhost:8080", True),
        ("http://localhost:9090", False),
        ("http://evil.example", False),
        ("null", False),
    ],
)
def test_a_page_of_another_origin_is_not_let_in(origin, welcome):
    assert is_local(Headers({**HERE, "Origin": [origin]})) is welcome
