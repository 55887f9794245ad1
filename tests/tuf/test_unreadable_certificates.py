"""Certificates of which one part cannot be read: never an error of another kind."""

import pytest
from cryptography import x509

from notary.tuf import certificates, keys
from notary.tuf.errors import InvalidMetadata
from notary.tuf.keys import PublicKey
from tests.publisher import Key, certificate, ecdsa_key
from tests.tuf import crafted
from tests.tuf.roots import GUN, NO_LEAF, first_refusal
from tests.tuf.uploads import below, delegating

_ELLIPTIC_KEY = bytes.fromhex("2a8648ce3d0201")
_P256 = bytes.fromhex("2a8648ce3d030107")
_ECDSA_SHA256 = bytes.fromhex("2a8648ce3d040302")
_POINT = bytes.fromhex("03420004")
_NAME_OF_BITS = bytes.fromhex("3011a40f300d310b3009060355040303020041")
_SOME, _OTHER = bytes.fromhex("06032a0304"), bytes.fromhex("06032a0305")
_LAST = b"\x7f"


def _with_another_last_byte(oid: bytes):
    """Replace an identifier by one that nothing is known by."""

    def craft(private) -> bytes:
        der = crafted.der(certificate(private, GUN))
        assert oid in der
        return crafted.pem(der.replace(oid, oid[:-1] + _LAST))

    return craft


def _off_the_curve(private) -> bytes:
    head, point, tail = crafted.der(certificate(private, GUN)).partition(_POINT)
    return crafted.pem(head + point + bytes(64) + tail[64:])


def _named_in_no_known_letters(private) -> bytes:
    der = crafted.der(certificate(private, GUN))
    return crafted.pem(der.replace(GUN.encode(), b"\xff" * len(GUN)))


def _with_extension(oid: x509.ObjectIdentifier, value: bytes):
    def craft(private) -> bytes:
        extension = x509.UnrecognizedExtension(oid, value)
        made = crafted.made(private, crafted.named(GUN), extension)
        return crafted.pem(crafted.der(made))

    return craft


def _with_one_extension_twice(private) -> bytes:
    two = (
        x509.UnrecognizedExtension(x509.ObjectIdentifier(f"1.2.3.{n}"), b"\5\0")
        for n in (4, 5)
    )
    der = crafted.der(crafted.made(private, crafted.named(GUN), *two))
    assert _OTHER in der
    return crafted.pem(der.replace(_OTHER, _SOME))


KEY_UNREADABLE = {
    "algorithm of the key": _with_another_last_byte(_ELLIPTIC_KEY),
    "curve": _with_another_last_byte(_P256),
    "point": _off_the_curve,
}
EXTENSIONS_UNREADABLE = {
    "constraints": _with_extension(x509.ExtensionOID.BASIC_CONSTRAINTS, b"\4\0"),
    "kind of name": _with_extension(
        x509.ExtensionOID.SUBJECT_ALTERNATIVE_NAME, bytes.fromhex("3004a3020500")
    ),
    "name of bits": _with_extension(
        x509.ExtensionOID.SUBJECT_ALTERNATIVE_NAME, _NAME_OF_BITS
    ),
    "one twice": _with_one_extension_twice,
}
SIGNATURE_UNREADABLE = {
    "algorithm of the signature": _with_another_last_byte(_ECDSA_SHA256)
}
NAME_UNREADABLE = {"text of the name": _named_in_no_known_letters}
ALL = {
    **KEY_UNREADABLE,
    **EXTENSIONS_UNREADABLE,
    **SIGNATURE_UNREADABLE,
    **NAME_UNREADABLE,
}


def _key(craft) -> Key:
    plain = ecdsa_key()
    return crafted.with_public(plain, craft(plain.private), keys.ECDSA_X509)


@pytest.mark.parametrize("what", ALL)
def test_a_certificate_with_an_unreadable_part_speaks_for_no_gun(what):
    assert first_refusal(_key(ALL[what])) == NO_LEAF


@pytest.mark.parametrize("what", ALL)
def test_it_is_one_bundle_of_one_certificate_all_the_same(what):
    assert len(certificates.parse_bundle(_key(ALL[what]).public.public)) == 1


@pytest.mark.parametrize("what", EXTENSIONS_UNREADABLE)
def test_without_readable_extensions_nobody_can_tell_an_authority(what):
    (found,) = certificates.parse_bundle(_key(ALL[what]).public.public)
    with pytest.raises(InvalidMetadata, match="extensions cannot be parsed"):
        certificates.is_ca(found)


@pytest.mark.parametrize("what", KEY_UNREADABLE)
def test_an_unreadable_key_verifies_nothing_and_has_no_canonical_id(what):
    key = _key(ALL[what]).public
    assert keys.verifying_key(key) is None
    with pytest.raises(InvalidMetadata, match="key cannot be parsed"):
        _ = key.canonical_id


@pytest.mark.parametrize("what", [*KEY_UNREADABLE, *SIGNATURE_UNREADABLE])
def test_a_delegation_with_such_a_key_is_refused(server, what):
    key = _key(ALL[what])
    server.publish({"targets": delegating(server, key, "targets/a")})
    refusal = ("ErrBadTargets", "a certificate cannot be parsed")
    assert server.refusal({"targets/a": below(key)}) == refusal


@pytest.mark.parametrize("oid", [_ELLIPTIC_KEY, _P256])
def test_a_plain_key_of_an_unknown_kind_verifies_nothing(oid):
    public = ecdsa_key().public.public.replace(oid, oid[:-1] + _LAST)
    assert keys.verifying_key(PublicKey(keys.ECDSA, public)) is None
    pem = crafted.pem(public, "PUBLIC KEY")
    assert keys.pem_rsa_key(PublicKey(keys.RSA, pem)) is None


@pytest.mark.parametrize("what", NAME_UNREADABLE)
def test_an_unreadable_name_is_no_name_and_no_prefix_of_any(what):
    (found,) = certificates.parse_bundle(_key(ALL[what]).public.public)
    assert certificates.common_name(found) == ""
    assert not certificates.names_gun(found, GUN)
