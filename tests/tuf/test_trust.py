"""Root trust: as many signatures of its own certificates as a root says."""

import pytest

from notary.tuf import metadata, trust
from notary.tuf.envelope import parse_stored
from notary.tuf.errors import InvalidMetadata
from notary.tuf.keys import PublicKey
from tests import publisher
from tests.publisher import NOW, Key, ecdsa_key, x509_key
from tests.tuf.roots import GUN, NOT_SIGNED, check, refusal, signed_root


def test_one_certificate_of_many_is_enough_to_go_on(rsa_1024):
    good = x509_key(GUN)
    useless = [
        x509_key("other"),
        x509_key(GUN, rsa_1024),
        ecdsa_key(),
        Key(None, PublicKey("ecdsa-x509", None)),
    ]
    check(signed_root(*useless, good), [good])


@pytest.mark.parametrize("by", ["nobody", "stranger", "own id"])
def test_a_root_that_none_of_its_certificates_signed_is_refused(by):
    """Go: RootSigMissing."""
    key = x509_key(GUN)
    stranger = x509_key(GUN)
    forged = Key(stranger.private, key.public)
    by = {"nobody": [], "stranger": [stranger], "own id": [forged]}[by]
    assert refusal(signed_root(key), by) == NOT_SIGNED


def test_a_signature_under_the_id_of_the_plain_key_does_not_count():
    plain = ecdsa_key()
    key = x509_key(GUN, plain)
    assert refusal(signed_root(key), [plain]) == NOT_SIGNED


def test_a_root_with_a_number_that_cannot_be_signed_is_not_signed():
    key = x509_key(GUN)
    data = publisher.sign(signed_root(key), key).replace(
        b'"_type"', b'"custom":1.5,"_type"'
    )
    envelope = parse_stored(data)
    root = metadata.parse_root(envelope.signed)
    with pytest.raises(InvalidMetadata) as caught:
        trust.check_root(root, envelope, None, GUN, NOW)
    assert str(caught.value) == NOT_SIGNED


def test_a_root_needs_as_many_of_its_certificates_as_it_says():
    """Go: RootRotationMultipleKeysThreshold1."""
    one, two = x509_key(GUN), x509_key(GUN)
    check(signed_root(one, two), [two])
    check(signed_root(one, two, threshold=2), [one, two])
    assert refusal(signed_root(one, two, threshold=2), [one]) == NOT_SIGNED


def test_two_signatures_of_one_certificate_count_once():
    one, two = x509_key(GUN), x509_key(GUN)
    assert refusal(signed_root(one, two, threshold=2), [one, one]) == NOT_SIGNED


def test_certificates_for_other_guns_do_not_help_to_reach_the_threshold():
    one, two = x509_key(GUN), x509_key("other")
    assert refusal(signed_root(one, two, threshold=2), [one, two]) == NOT_SIGNED


def test_an_expired_root_is_refused_last_of_all():
    key = x509_key(GUN)
    expired = signed_root(key, expires=publisher.PAST)
    assert refusal(expired, [key]) == "root expired at Sun Nov 22 11:59:59 UTC 2026"
    assert refusal(expired, []) == NOT_SIGNED


def test_a_root_without_a_date_has_expired():
    key = x509_key(GUN)
    assert refusal(signed_root(key, expires=None), [key]) == (
        "root expired at Mon Jan 1 00:00:00 UTC 0001"
    )


def test_a_root_that_expires_this_very_moment_has_not_expired():
    key = x509_key(GUN)
    check(signed_root(key, expires="2026-11-22T12:00:00Z"), [key])
