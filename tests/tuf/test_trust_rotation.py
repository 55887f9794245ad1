"""Rotation: a next root is signed by the certificates before it, and by its own."""

import pytest

from notary.tuf import metadata
from notary.tuf.metadata import Root
from tests.publisher import NOW, Key, bundle_key, certificate, ecdsa_key, x509_key
from tests.tuf.roots import DAY, GUN, NO_LEAF, NOT_SIGNED, check, refusal, signed_root

NOT_ROTATED = (
    "could not rotate trust to a new trusted root: "
    "failed to validate data with current trusted certificates"
)


def previous_root(*root_keys: Key, threshold: int = 1) -> Root:
    """Return a previous root with these root keys."""
    return metadata.parse_root(signed_root(*root_keys, threshold=threshold))


def test_a_next_root_is_signed_by_the_certificates_before_it():
    """Go: RootRotationWithOldSigs."""
    old, new = x509_key(GUN), x509_key(GUN)
    check(signed_root(new), [old, new], previous_root(old))
    check(signed_root(old), [old], previous_root(old))


def test_a_next_root_that_only_the_new_certificate_signed_is_refused():
    """Go: RootRotationNotSignedWithOldKeysForOldRole."""
    old, new = x509_key(GUN), x509_key(GUN)
    assert refusal(signed_root(new), [new], previous_root(old)) == NOT_ROTATED
    assert refusal(signed_root(old, new), [new], previous_root(old)) == NOT_ROTATED


def test_a_next_root_that_only_the_old_certificate_signed_is_refused():
    old, new = x509_key(GUN), x509_key(GUN)
    assert refusal(signed_root(new), [old], previous_root(old)) == NOT_SIGNED


def test_a_next_root_needs_the_old_threshold_and_the_new_one():
    """Go: RootRotationNotSignedWithOldKeysForOldRole."""
    one, two = x509_key(GUN), x509_key(GUN)
    lower, higher = signed_root(one, two), signed_root(one, two, threshold=2)
    strict, lax = previous_root(one, two, threshold=2), previous_root(one, two)
    assert refusal(lower, [one], strict) == NOT_ROTATED
    assert refusal(lower, [one, one], strict) == NOT_ROTATED
    assert refusal(higher, [one], lax) == NOT_SIGNED
    check(lower, [one, two], strict)
    check(higher, [one, two], lax)


def test_an_expired_old_certificate_can_still_hand_over():
    past = {"not_before": NOW - 20 * DAY, "not_after": NOW - 10 * DAY}
    old, new = x509_key(GUN, **past), x509_key(GUN)
    check(signed_root(new), [old, new], previous_root(old))


def test_an_old_bundle_with_an_expired_authority_can_still_hand_over():
    key, authority, new = ecdsa_key(), ecdsa_key(), x509_key(GUN)
    past = {"not_before": NOW - 20 * DAY, "not_after": NOW - 10 * DAY}
    above = certificate(authority.private, "ca", is_ca=True, **past)
    old = bundle_key(key, certificate(key.private, GUN), above)
    check(signed_root(new), [old, new], previous_root(old))


@pytest.mark.parametrize("kind", ["other gun", "plain", "short"])
def test_an_old_key_that_could_never_speak_for_the_gun_cannot_hand_over(kind, rsa_1024):
    new = x509_key(GUN)
    old = {
        "other gun": x509_key("other"),
        "plain": ecdsa_key(),
        "short": x509_key(GUN, rsa_1024),
    }[kind]
    assert refusal(signed_root(new), [old, new], previous_root(old)) == NOT_ROTATED


def test_the_same_key_in_a_new_certificate_is_another_key():
    plain = ecdsa_key()
    old, new = x509_key(GUN, plain), x509_key(GUN, plain)
    assert refusal(signed_root(new), [new], previous_root(old)) == NOT_ROTATED
    check(signed_root(new), [old, new], previous_root(old))


def test_leafs_are_looked_for_before_the_previous_root_is_asked():
    old, new = x509_key(GUN), x509_key("other")
    assert refusal(signed_root(new), [new], previous_root(old)) == NO_LEAF


def test_the_previous_root_is_asked_before_the_new_one():
    old, new = x509_key(GUN), x509_key(GUN)
    assert refusal(signed_root(new), [], previous_root(old)) == NOT_ROTATED
