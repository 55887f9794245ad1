"""Which certificates speak for a GUN: their names, keys and dates."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from notary.tuf import metadata, trust
from notary.tuf.envelope import parse_stored
from notary.tuf.errors import InvalidMetadata
from tests import publisher
from tests.publisher import NOW, bundle_key, certificate, ecdsa_key, x509_key
from tests.tuf import crafted
from tests.tuf.roots import (
    DAY,
    GUN,
    NO_LEAF,
    accept,
    check,
    first_refusal,
    signed_root,
)


def test_a_first_root_vouches_for_itself():
    accept(x509_key(GUN))


@pytest.mark.parametrize(
    "name",
    [
        GUN,
        "docker.io/library/*",
        "docker.io/library/app*",
        "docker.io/*",
        "*",
        "docker.io/lib***",
    ],
)
def test_a_certificate_may_name_the_gun_or_a_prefix_of_it(name):
    accept(x509_key(name))


@pytest.mark.parametrize(
    "name",
    [
        "docker.io/library/ap",
        "docker.io/library/app2",
        "docker.io/library/app2*",
        "docker.io/*/app",
        "*/app",
        "Docker.io/library/app",
        "docker.io/library/app ",
        "other.io/*",
        " *",
    ],
)
def test_a_certificate_that_names_another_gun_does_not_count(name):
    """Go: RootCanContainOnlyx509KeysWithRightGun."""
    assert first_refusal(x509_key(name)) == NO_LEAF


@pytest.mark.filterwarnings("ignore:Attribute.s length")
@pytest.mark.parametrize("names", [(), ("",), (GUN, "other")])
def test_a_certificate_whose_last_common_name_is_not_the_gun_does_not_count(names):
    key = ecdsa_key()
    bundle = bundle_key(key, crafted.made(key.private, crafted.named(*names)))
    assert first_refusal(bundle) == NO_LEAF


@pytest.mark.filterwarnings("ignore:Attribute.s length")
def test_a_common_name_may_be_longer_than_64_characters_because_guns_are():
    gun = "registry.example.org/" + "long/" * 20 + "name"
    key = ecdsa_key()
    name = crafted.named(gun)
    owner = bundle_key(key, crafted.made(key.private, name))
    envelope = parse_stored(publisher.sign(signed_root(owner), owner))
    root = metadata.parse_root(envelope.signed)
    trust.check_root(root, envelope, None, gun, NOW)


@pytest.mark.parametrize("keytype", ["plain", "raw ed25519"])
def test_a_root_key_that_is_no_certificate_does_not_count(keytype):
    """Go: RootCanContainOnlyx509KeysWithRightGun."""
    key = ecdsa_key() if keytype == "plain" else publisher.ed25519_key()
    assert first_refusal(key) == NO_LEAF


def test_a_certificate_under_the_type_of_a_plain_key_does_not_count():
    key = x509_key(GUN)
    plain = crafted.with_public(key, key.public.public, "ecdsa")
    assert first_refusal(plain) == NO_LEAF


@pytest.mark.parametrize(
    "curve", [ec.SECP224R1(), ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()]
)
def test_certificates_of_the_four_nist_curves_can_sign_roots(curve):
    accept(x509_key(GUN, ecdsa_key(curve)))


def test_an_rsa_certificate_of_2048_bits_can_sign_roots(rsa_2048):
    accept(x509_key(GUN, rsa_2048))


def test_an_rsa_certificate_of_1024_bits_does_not_count(rsa_1024):
    assert first_refusal(x509_key(GUN, rsa_1024)) == NO_LEAF


def test_a_certificate_signed_with_sha_1_does_not_count(rsa_2048):
    pem = crafted.signed_with_sha1(certificate(rsa_2048.private, GUN))
    key = crafted.with_public(rsa_2048, pem, "rsa-x509")
    assert first_refusal(key) == NO_LEAF


def test_a_certificate_does_not_count_from_the_second_on_in_which_it_expired():
    accept(x509_key(GUN, not_before=NOW - DAY, not_after=NOW))
    past = NOW - timedelta(seconds=1)
    assert first_refusal(x509_key(GUN, not_before=NOW - DAY, not_after=past)) == (
        NO_LEAF
    )


def test_a_certificate_may_begin_within_a_day_from_now():
    accept(x509_key(GUN, not_before=NOW + DAY))
    later = NOW + DAY + timedelta(seconds=1)
    assert first_refusal(x509_key(GUN, not_before=later)) == NO_LEAF


def test_a_certificate_that_ends_before_it_begins_does_not_count():
    key = ecdsa_key()
    good = certificate(key.private, GUN, not_before=NOW + DAY, not_after=NOW + DAY)
    written = f"{NOW + DAY:%y%m%d%H%M%SZ}".encode()
    sooner = f"{NOW + DAY / 2:%y%m%d%H%M%SZ}".encode()
    head, _, tail = crafted.der(good).rpartition(written)
    bundle = crafted.with_public(key, crafted.pem(head + sooner + tail), "ecdsa-x509")
    assert first_refusal(bundle) == NO_LEAF


@pytest.mark.parametrize(
    ("key", "flaw"),
    [
        (x509_key("other.io/app"), "is for another repository: other.io/app"),
        (ecdsa_key(), "has no readable certificate"),
        (
            x509_key(GUN, not_before=NOW - 2 * DAY, not_after=NOW - DAY),
            f"is valid from {NOW - 2 * DAY:%Y-%m-%d} to {NOW - DAY:%Y-%m-%d} only",
        ),
    ],
    ids=["another repository", "no certificate", "expired"],
)
def test_the_log_is_told_what_speaks_against_the_certificate_of_a_root(key, flaw):
    with pytest.raises(InvalidMetadata) as caught:
        check(signed_root(key), [key])
    assert key.key_id in caught.value.because
    assert flaw in caught.value.because
