"""What a client without a valid token is told, in exactly Go's form."""

import pytest

from notary.auth import challenge
from notary.auth.access import Access


def test_actions_on_one_resource_are_listed_in_their_order():
    needed = [Access("repository", "a/b", action) for action in ("push", "pull")]
    assert challenge.scope(needed) == "repository:a/b:push,pull"
    other = Access("registry", "catalog", "*")
    assert challenge.scope([*needed, other]) == (
        "repository:a/b:push,pull registry:catalog:*"
    )


@pytest.mark.parametrize(
    "host", ["notary", "notary_server:4443", "a.example", "127.0.0.1:1", "[::1]:4443"]
)
def test_a_host_becomes_part_of_the_realm(host):
    assert challenge.redirected_realm(host, "r") == f"https://{host}/auth/token"


@pytest.mark.parametrize(
    "host",
    [
        "",
        "a b",
        "a/b",
        'a"',
        "a\n",
        "a:b",
        "user@a",
        "a:123456",
        "é",
        "[::1",
        "x" * 300,
    ],
)
def test_what_is_no_host_leaves_the_realm_as_configured(host):
    assert challenge.redirected_realm(host, "https://r/t") == "https://r/t"


def test_what_is_shown_of_a_long_text_is_short():
    assert len(challenge.shown("x" * 100_000)) < 200
