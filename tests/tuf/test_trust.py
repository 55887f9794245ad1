"""Root trust: which certificates speak for a GUN, and what they must have signed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from notary.tuf import metadata, trust
from notary.tuf.envelope import parse_stored
from notary.tuf.errors import InvalidMetadata
from notary.tuf.keys import PublicKey
from notary.tuf.metadata import Root
from tests import publisher
from tests.publisher import NOW, Key, bundle_key, certificate, ecdsa_key, x509_key
from tests.tuf import crafted

GUN = "docker.io/library/app"
TARGETS_KEY, SNAPSHOT_KEY, TIMESTAMP_KEY = (publisher.ed25519_key() for _ in range(3))
DAY = timedelta(days=1)

NO_LEAF = (
    "could not validate the path to a trusted root: "
    "unable to retrieve valid leaf certificates"
)
NOT_SIGNED = (
    "could not validate the path to a trusted root: "
    "failed to validate integrity of roots"
)
NOT_ROTATED = (
    "could not rotate trust to a new trusted root: "
    "failed to validate data with current trusted certificates"
)


def _signed(*root_keys: Key, threshold: int = 1, **members: object):
    """Return the ``signed`` of a root with these root keys."""
    roles = {
        "root": publisher.role(*root_keys, threshold=threshold),
        "targets": publisher.role(TARGETS_KEY),
        "snapshot": publisher.role(SNAPSHOT_KEY),
        "timestamp": publisher.role(TIMESTAMP_KEY),
    }
    others = (TARGETS_KEY, SNAPSHOT_KEY, TIMESTAMP_KEY)
    return {
        "_type": "Root",
        "consistent_snapshot": False,
        "expires": publisher.FAR,
        "keys": publisher.key_map(*root_keys, *others),
        "roles": roles,
        "version": 1,
        **members,
    }


def _root(*root_keys: Key, threshold: int = 1) -> Root:
    """Return a previous root with these root keys."""
    return metadata.parse_root(_signed(*root_keys, threshold=threshold))


def _check(signed, by: Sequence[Key], previous: Root | None = None) -> None:
    envelope = parse_stored(publisher.sign(signed, *by))
    root = metadata.parse_root(envelope.signed)
    trust.check_root(root, envelope, previous, GUN, NOW)


def _accept(*root_keys: Key) -> None:
    """Accept a first root that is signed by all of its keys."""
    _check(_signed(*root_keys, threshold=len(root_keys)), root_keys)


def _refusal(signed, by: Sequence[Key], previous: Root | None = None) -> str:
    with pytest.raises(InvalidMetadata) as caught:
        _check(signed, by, previous)
    return str(caught.value)


def _first_refusal(key: Key) -> str:
    return _refusal(_signed(key), [key])


def _with_pem(key: Key, pem: bytes) -> Key:
    return crafted.with_public(key, pem)


def test_a_first_root_vouches_for_itself():
    _accept(x509_key(GUN))


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
    _accept(x509_key(name))


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
    assert _first_refusal(x509_key(name)) == NO_LEAF


@pytest.mark.filterwarnings("ignore:Attribute.s length")
@pytest.mark.parametrize("names", [(), ("",), (GUN, "other")])
def test_a_certificate_whose_last_common_name_is_not_the_gun_does_not_count(names):
    key = ecdsa_key()
    bundle = bundle_key(key, crafted.made(key.private, crafted.named(*names)))
    assert _first_refusal(bundle) == NO_LEAF


@pytest.mark.filterwarnings("ignore:Attribute.s length")
def test_a_common_name_may_be_longer_than_64_characters_because_guns_are():
    gun = "registry.example.org/" + "long/" * 20 + "name"
    key = ecdsa_key()
    name = crafted.named(gun)
    owner = bundle_key(key, crafted.made(key.private, name))
    envelope = parse_stored(publisher.sign(_signed(owner), owner))
    root = metadata.parse_root(envelope.signed)
    trust.check_root(root, envelope, None, gun, NOW)


@pytest.mark.parametrize("keytype", ["plain", "raw ed25519"])
def test_a_root_key_that_is_no_certificate_does_not_count(keytype):
    """Go: RootCanContainOnlyx509KeysWithRightGun."""
    key = ecdsa_key() if keytype == "plain" else publisher.ed25519_key()
    assert _first_refusal(key) == NO_LEAF


def test_a_certificate_under_the_type_of_a_plain_key_does_not_count():
    key = x509_key(GUN)
    plain = crafted.with_public(key, key.public.public, "ecdsa")
    assert _first_refusal(plain) == NO_LEAF


@pytest.mark.parametrize(
    "curve", [ec.SECP224R1(), ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()]
)
def test_certificates_of_the_four_nist_curves_can_sign_roots(curve):
    _accept(x509_key(GUN, ecdsa_key(curve)))


def test_an_rsa_certificate_of_2048_bits_can_sign_roots(rsa_2048):
    _accept(x509_key(GUN, rsa_2048))


def test_an_rsa_certificate_of_1024_bits_does_not_count(rsa_1024):
    assert _first_refusal(x509_key(GUN, rsa_1024)) == NO_LEAF


def test_a_certificate_signed_with_sha_1_does_not_count(rsa_2048):
    pem = crafted.signed_with_sha1(certificate(rsa_2048.private, GUN))
    key = crafted.with_public(rsa_2048, pem, "rsa-x509")
    assert _first_refusal(key) == NO_LEAF


def test_a_certificate_does_not_count_from_the_second_on_in_which_it_expired():
    _accept(x509_key(GUN, not_before=NOW - DAY, not_after=NOW))
    past = NOW - timedelta(seconds=1)
    assert _first_refusal(x509_key(GUN, not_before=NOW - DAY, not_after=past)) == (
        NO_LEAF
    )


def test_a_certificate_may_begin_within_a_day_from_now():
    _accept(x509_key(GUN, not_before=NOW + DAY))
    later = NOW + DAY + timedelta(seconds=1)
    assert _first_refusal(x509_key(GUN, not_before=later)) == NO_LEAF


def test_a_certificate_that_ends_before_it_begins_does_not_count():
    key = ecdsa_key()
    good = certificate(key.private, GUN, not_before=NOW + DAY, not_after=NOW + DAY)
    written = f"{NOW + DAY:%y%m%d%H%M%SZ}".encode()
    sooner = f"{NOW + DAY / 2:%y%m%d%H%M%SZ}".encode()
    head, _, tail = crafted.der(good).rpartition(written)
    bundle = crafted.with_public(key, crafted.pem(head + sooner + tail), "ecdsa-x509")
    assert _first_refusal(bundle) == NO_LEAF


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
    assert _first_refusal(bundle) == NO_LEAF


def test_a_bundle_may_bring_the_authorities_above_its_leaf():
    key, authority = ecdsa_key(), ecdsa_key()
    leaf = certificate(key.private, GUN)
    above = certificate(authority.private, "any name", is_ca=True)
    _accept(bundle_key(key, leaf, above, above))


def test_a_bundle_with_two_leafs_does_not_count():
    key, other = ecdsa_key(), ecdsa_key()
    leafs = certificate(key.private, GUN), certificate(other.private, GUN)
    assert _first_refusal(bundle_key(key, *leafs)) == NO_LEAF


def test_a_bundle_of_authorities_only_does_not_count():
    key = ecdsa_key()
    assert _first_refusal(
        bundle_key(key, certificate(key.private, GUN, is_ca=True))
    ) == (NO_LEAF)


def test_a_bundle_whose_leaf_is_not_first_does_not_count():
    key, authority = ecdsa_key(), ecdsa_key()
    above = certificate(authority.private, "ca", is_ca=True)
    bundle = bundle_key(key, above, certificate(key.private, GUN))
    assert _first_refusal(bundle) == NO_LEAF


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
    assert _first_refusal(bundle) == NOT_SIGNED


def test_an_authority_signed_with_sha_1_keeps_its_bundle_from_signing(rsa_2048):
    key = ecdsa_key()
    leaf = crafted.pem(crafted.der(certificate(key.private, GUN)))
    weak = crafted.signed_with_sha1(certificate(rsa_2048.private, "ca", is_ca=True))
    bundle = crafted.with_public(key, leaf + weak, "ecdsa-x509")
    assert _first_refusal(bundle) == NOT_SIGNED


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
    assert _first_refusal(other) == NOT_SIGNED


def test_an_elliptic_certificate_under_the_type_rsa_x509_cannot_sign():
    key = x509_key(GUN)
    other = crafted.with_public(key, key.public.public, "rsa-x509")
    assert _first_refusal(other) == NOT_SIGNED


def test_one_certificate_of_many_is_enough_to_go_on(rsa_1024):
    good = x509_key(GUN)
    useless = [
        x509_key("other"),
        x509_key(GUN, rsa_1024),
        ecdsa_key(),
        Key(None, PublicKey("ecdsa-x509", None)),
    ]
    _check(_signed(*useless, good), [good])


@pytest.mark.parametrize("by", ["nobody", "stranger", "own id"])
def test_a_root_that_none_of_its_certificates_signed_is_refused(by):
    """Go: RootSigMissing."""
    key = x509_key(GUN)
    stranger = x509_key(GUN)
    forged = Key(stranger.private, key.public)
    by = {"nobody": [], "stranger": [stranger], "own id": [forged]}[by]
    assert _refusal(_signed(key), by) == NOT_SIGNED


def test_a_signature_under_the_id_of_the_plain_key_does_not_count():
    plain = ecdsa_key()
    key = x509_key(GUN, plain)
    assert _refusal(_signed(key), [plain]) == NOT_SIGNED


def test_a_root_with_a_number_that_cannot_be_signed_is_not_signed():
    key = x509_key(GUN)
    data = publisher.sign(_signed(key), key).replace(
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
    _check(_signed(one, two), [two])
    _check(_signed(one, two, threshold=2), [one, two])
    assert _refusal(_signed(one, two, threshold=2), [one]) == NOT_SIGNED


def test_two_signatures_of_one_certificate_count_once():
    one, two = x509_key(GUN), x509_key(GUN)
    assert _refusal(_signed(one, two, threshold=2), [one, one]) == NOT_SIGNED


def test_certificates_for_other_guns_do_not_help_to_reach_the_threshold():
    one, two = x509_key(GUN), x509_key("other")
    assert _refusal(_signed(one, two, threshold=2), [one, two]) == NOT_SIGNED


def test_a_next_root_is_signed_by_the_certificates_before_it():
    """Go: RootRotationWithOldSigs."""
    old, new = x509_key(GUN), x509_key(GUN)
    _check(_signed(new), [old, new], _root(old))
    _check(_signed(old), [old], _root(old))


def test_a_next_root_that_only_the_new_certificate_signed_is_refused():
    """Go: RootRotationNotSignedWithOldKeysForOldRole."""
    old, new = x509_key(GUN), x509_key(GUN)
    assert _refusal(_signed(new), [new], _root(old)) == NOT_ROTATED
    assert _refusal(_signed(old, new), [new], _root(old)) == NOT_ROTATED


def test_a_next_root_that_only_the_old_certificate_signed_is_refused():
    old, new = x509_key(GUN), x509_key(GUN)
    assert _refusal(_signed(new), [old], _root(old)) == NOT_SIGNED


def test_a_next_root_needs_the_old_threshold_and_the_new_one():
    """Go: RootRotationNotSignedWithOldKeysForOldRole."""
    one, two = x509_key(GUN), x509_key(GUN)
    lower, higher = _signed(one, two), _signed(one, two, threshold=2)
    strict, lax = _root(one, two, threshold=2), _root(one, two)
    assert _refusal(lower, [one], strict) == NOT_ROTATED
    assert _refusal(lower, [one, one], strict) == NOT_ROTATED
    assert _refusal(higher, [one], lax) == NOT_SIGNED
    _check(lower, [one, two], strict)
    _check(higher, [one, two], lax)


def test_an_expired_old_certificate_can_still_hand_over():
    past = {"not_before": NOW - 20 * DAY, "not_after": NOW - 10 * DAY}
    old, new = x509_key(GUN, **past), x509_key(GUN)
    _check(_signed(new), [old, new], _root(old))


def test_an_old_bundle_with_an_expired_authority_can_still_hand_over():
    key, authority, new = ecdsa_key(), ecdsa_key(), x509_key(GUN)
    past = {"not_before": NOW - 20 * DAY, "not_after": NOW - 10 * DAY}
    above = certificate(authority.private, "ca", is_ca=True, **past)
    old = bundle_key(key, certificate(key.private, GUN), above)
    _check(_signed(new), [old, new], _root(old))


@pytest.mark.parametrize("kind", ["other gun", "plain", "short"])
def test_an_old_key_that_could_never_speak_for_the_gun_cannot_hand_over(kind, rsa_1024):
    new = x509_key(GUN)
    old = {
        "other gun": x509_key("other"),
        "plain": ecdsa_key(),
        "short": x509_key(GUN, rsa_1024),
    }[kind]
    assert _refusal(_signed(new), [old, new], _root(old)) == NOT_ROTATED


def test_the_same_key_in_a_new_certificate_is_another_key():
    plain = ecdsa_key()
    old, new = x509_key(GUN, plain), x509_key(GUN, plain)
    assert _refusal(_signed(new), [new], _root(old)) == NOT_ROTATED
    _check(_signed(new), [old, new], _root(old))


def test_leafs_are_looked_for_before_the_previous_root_is_asked():
    old, new = x509_key(GUN), x509_key("other")
    assert _refusal(_signed(new), [new], _root(old)) == NO_LEAF


def test_the_previous_root_is_asked_before_the_new_one():
    old, new = x509_key(GUN), x509_key(GUN)
    assert _refusal(_signed(new), [], _root(old)) == NOT_ROTATED


def test_an_expired_root_is_refused_last_of_all():
    key = x509_key(GUN)
    expired = _signed(key, expires=publisher.PAST)
    assert _refusal(expired, [key]) == "root expired at Sun Nov 22 11:59:59 UTC 2026"
    assert _refusal(expired, []) == NOT_SIGNED


def test_a_root_without_a_date_has_expired():
    key = x509_key(GUN)
    assert _refusal(_signed(key, expires=None), [key]) == (
        "root expired at Mon Jan 1 00:00:00 UTC 0001"
    )


def test_a_root_that_expires_this_very_moment_has_not_expired():
    key = x509_key(GUN)
    _check(_signed(key, expires="2026-11-22T12:00:00Z"), [key])
