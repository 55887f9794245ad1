"""Which bundles of certificates speak for a GUN: what is in them, and how written."""

from datetime import UTC, datetime

import pytest

from tests.publisher import NOW, Key, bundle_key, certificate, ecdsa_key, x509_key
from tests.tuf import crafted
from tests.tuf.roots import DAY, GUN, NO_LEAF, NOT_SIGNED, accept, first_refusal


def _with_pem(key: Key, pem: bytes) -> Key:
    return crafted.with_public(key, pem)


@pytest.mark.parametrize(
    "craft",
    [
        lambda key, good: b"",
        lambda key, good: crafted.der(good),
        lambda key, good: crafted.pem(crafted.der(good)[:-1]),
        lambda key, good: crafted.of_version_4(good),
        lambda key, good: crafted.of_the_year_0(good),
        lambda key, good: crafted.with_an_x400_address(key.private),
        lambda key, good: crafted.named_in_bits(good),
        lambda key, good: crafted.pem(crafted.der(good), "X509 CERTIFICATE"),
        lambda key, good: crafted.pem(crafted.der(good)) * 17,
        lambda key, good: crafted.pem(crafted.der(good)) + crafted.pem(b"", "X"),
    ],
    ids=[
        "empty",
        "der",
        "cut",
        "version 4",
        "year 0",
        "x400",
        "name of bits",
        "label",
        "seventeen",
        "more",
    ],
)
def test_what_is_no_readable_bundle_of_certificates_does_not_count(craft):
    key = ecdsa_key()
    good = certificate(key.private, GUN, not_after=datetime(2060, 1, 1, tzinfo=UTC))
    bundle = crafted.with_public(key, craft(key, good), "ecdsa-x509")
    assert first_refusal(bundle) == NO_LEAF


def test_a_bundle_may_bring_the_authorities_above_its_leaf():
    key, authority = ecdsa_key(), ecdsa_key()
    leaf = certificate(key.private, GUN)
    above = certificate(authority.private, "any name", is_ca=True)
    accept(bundle_key(key, leaf, above, above))


def test_a_bundle_with_two_leafs_does_not_count():
    key, other = ecdsa_key(), ecdsa_key()
    leafs = certificate(key.private, GUN), certificate(other.private, GUN)
    assert first_refusal(bundle_key(key, *leafs)) == NO_LEAF


def test_a_bundle_of_authorities_only_does_not_count():
    key = ecdsa_key()
    assert first_refusal(
        bundle_key(key, certificate(key.private, GUN, is_ca=True))
    ) == (NO_LEAF)


def test_a_bundle_whose_leaf_is_not_first_does_not_count():
    key, authority = ecdsa_key(), ecdsa_key()
    above = certificate(authority.private, "ca", is_ca=True)
    bundle = bundle_key(key, above, certificate(key.private, GUN))
    assert first_refusal(bundle) == NO_LEAF


@pytest.mark.parametrize(
    "dates",
    [
        {"not_before": NOW - 2 * DAY, "not_after": NOW - DAY},
        {"not_before": NOW + 2 * DAY, "not_after": NOW + 3 * DAY},
    ],
)
def test_a_bundle_with_an_authority_that_is_not_in_force_cannot_sign(dates):
    key, authority = ecdsa_key(), ecdsa_key()
    above = certificate(authority.private, "ca", is_ca=True, **dates)
    bundle = bundle_key(key, certificate(key.private, GUN), above)
    assert first_refusal(bundle) == NOT_SIGNED


def test_an_authority_signed_with_sha_1_keeps_its_bundle_from_signing(rsa_2048):
    key = ecdsa_key()
    leaf = crafted.pem(crafted.der(certificate(key.private, GUN)))
    weak = crafted.signed_with_sha1(certificate(rsa_2048.private, "ca", is_ca=True))
    bundle = crafted.with_public(key, leaf + weak, "ecdsa-x509")
    assert first_refusal(bundle) == NOT_SIGNED


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda pem: pem + b"\n",
        lambda pem: pem[:-1],
        lambda pem: b"\n" + pem,
        lambda pem: b"subject: app\n" + pem,
        lambda pem: pem.replace(b"\n", b"\r\n"),
        lambda pem: (
            crafted.pem(b"").split(b"\n")[0]
            + b"\n"
            + b"".join(pem.split(b"\n")[1:-2])
            + b"\n-----END CERTIFICATE-----\n"
        ),
    ],
    ids=["more", "no newline", "newline first", "text first", "crlf", "one line"],
)
def test_pem_text_that_go_would_write_otherwise_cannot_sign(rewrite):
    key = x509_key(GUN)
    other = _with_pem(key, rewrite(key.public.public))
    assert other.public.public != key.public.public
    assert first_refusal(other) == NOT_SIGNED


def test_an_elliptic_certificate_under_the_type_rsa_x509_cannot_sign():
    key = x509_key(GUN)
    other = crafted.with_public(key, key.public.public, "rsa-x509")
    assert first_refusal(other) == NOT_SIGNED
