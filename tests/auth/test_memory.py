"""Verified tokens are remembered, but only while everything still holds."""

from datetime import timedelta

import pytest

from notary.auth import memory
from notary.auth.access import Access
from notary.auth.keyset import KeySet
from notary.auth.memory import VerifiedTokens
from tests.auth.minting import (
    AUTHORITY,
    GUN,
    NOW,
    Gate,
    certificate,
    claims,
    new_key,
    token,
)


@pytest.fixture
def remembered(gate, mint):
    """A token that was used once."""
    minted = mint()
    assert gate.admits(minted) == "alice"
    return minted


def known(gate: Gate) -> int:
    return len(gate.authenticator._verified)


def test_a_token_is_remembered_once_it_was_verified(gate, mint, remembered):
    assert known(gate) == 1
    assert gate.admits(remembered) == "alice"
    assert known(gate) == 1


def test_a_token_for_something_else_is_remembered_too(gate, mint):
    push = (Access("repository", GUN, "push"),)
    minted = mint()
    assert gate.reason(minted, push) == "scope"
    assert known(gate) == 1
    assert gate.admits(minted) == "alice"
    assert gate.reason(minted, push) == "scope"


def test_no_refused_token_is_remembered(gate, mint, kid):
    for bad in (claims(iss="x"), claims(exp=1), b"[]"):
        gate.refusal(mint(bad))
    gate.refusal(token(new_key(), {"kid": kid}))
    gate.refusal("x" * 100)
    assert known(gate) == 0


def test_the_times_are_checked_on_each_use(gate, remembered):
    gate.now = NOW + timedelta(seconds=300 + 60)
    assert gate.admits(remembered) == "alice"
    gate.now += timedelta(seconds=1)
    assert gate.reason(remembered) == "expiry"
    assert known(gate) == 0


def test_a_clock_that_is_set_back_makes_a_token_early_again(gate, remembered):
    gate.now = NOW - timedelta(seconds=71)
    assert gate.reason(remembered) == "not_before"


def test_a_token_is_forgotten_when_its_key_is_withdrawn(gate, remembered):
    gate.keys = KeySet.of([certificate("new", new_key(), None, AUTHORITY)])
    assert gate.reason(remembered) == "key"
    assert known(gate) == 0


def test_a_token_is_verified_again_when_the_keys_have_changed(gate, root, remembered):
    gate.keys = KeySet.of([root])
    assert gate.admits(remembered) == "alice"


def test_a_remembered_token_saves_looking_for_the_key(gate, mint, remembered):
    # The object is the same, so nothing tells that it has become useless.
    object.__setattr__(gate.keys, "keys", {})
    assert gate.admits(remembered) == "alice"
    assert gate.reason(mint(claims(jti="another"))) == "key"


def test_the_token_that_was_not_used_for_longest_is_forgotten_first(gate, mint):
    store, kept = VerifiedTokens(), b"kept"
    verified = memory.Verified(claims=None, keys=gate.keys, until=None)
    store.put(kept, verified)
    for number in range(memory.MAX_TOKENS * 2):
        store.put(number.to_bytes(4, "big"), verified)
        assert store.get(kept) is verified
    assert len(store) == memory.MAX_TOKENS
    assert store.get((0).to_bytes(4, "big")) is None


def test_long_tokens_are_verified_each_time(gate, mint):
    minted = mint(claims(more="x" * memory.MAX_LENGTH))
    assert gate.admits(minted) == "alice"
    assert known(gate) == 0
