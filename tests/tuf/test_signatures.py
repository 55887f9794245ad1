"""Signatures: which methods fit which keys, and how many signatures a role needs."""

import pytest
from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from notary.tuf import keys, signatures
from notary.tuf.errors import InvalidSignatures
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import (
    ECDSA,
    EDDSA,
    PYCRYPTO,
    RSAPKCS1V15,
    RSAPSS,
    RoleKeys,
    Signature,
    verifies,
    verify_role,
)
from tests import publisher
from tests.publisher import Key, ecdsa_key, ed25519_key
from tests.tuf import crafted

PAYLOAD = b'{"_type":"Targets"}'
METHODS = [ECDSA, EDDSA, RSAPSS, RSAPKCS1V15, PYCRYPTO, "sha256", ""]
FITTING = {
    "ecdsa P-224": {ECDSA},
    "ecdsa P-256": {ECDSA},
    "ecdsa P-384": {ECDSA},
    "ecdsa P-521": {ECDSA},
    "ecdsa P-256K": set(),
    "ecdsa certificate": {ECDSA},
    "ed25519": {EDDSA},
    "rsa": {RSAPSS, RSAPKCS1V15},
    "rsa certificate": {RSAPSS, RSAPKCS1V15},
    "rsa PEM": {PYCRYPTO},
    "rsa PEM as certificate": set(),
    "rsa 1024": set(),
    "rsa 1024 certificate": set(),
    "unknown type": set(),
}


@pytest.fixture(scope="module")
def all_keys(rsa_2048, rsa_1024) -> dict[str, Key]:
    """A key for each row of the table."""
    public = rsa_2048.private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    elliptic = ecdsa_key()
    return {
        "ecdsa P-224": ecdsa_key(ec.SECP224R1()),
        "ecdsa P-256": elliptic,
        "ecdsa P-384": ecdsa_key(ec.SECP384R1()),
        "ecdsa P-521": ecdsa_key(ec.SECP521R1()),
        "ecdsa P-256K": ecdsa_key(ec.SECP256K1()),
        "ecdsa certificate": publisher.x509_key("gun"),
        "ed25519": ed25519_key(),
        "rsa": rsa_2048,
        "rsa certificate": publisher.x509_key("gun", rsa_2048),
        "rsa PEM": crafted.with_public(rsa_2048, pem),
        "rsa PEM as certificate": crafted.with_public(rsa_2048, pem, keys.RSA_X509),
        "rsa 1024": rsa_1024,
        "rsa 1024 certificate": publisher.x509_key("gun", rsa_1024),
        "unknown type": evolve(
            elliptic, public=PublicKey("x", publisher.der(elliptic.private))
        ),
    }


def _sign(key: Key, method: str, payload: bytes = PAYLOAD) -> Signature:
    """Return a signature that is right if the method fits the key at all."""
    if isinstance(key.private, rsa.RSAPrivateKey):
        pkcs1 = method == RSAPKCS1V15
        scheme = padding.PKCS1v15() if pkcs1 else publisher.PSS
        value = key.private.sign(payload, scheme, hashes.SHA256())
        return Signature(key.key_id, method, value)
    return evolve(key.sign(payload), method=method)


def _role(*by: Key, threshold: int = 1) -> RoleKeys:
    return RoleKeys("targets", {key.key_id: key.public for key in by}, threshold)


def _verify(*made: Signature, role: RoleKeys) -> None:
    verify_role(PAYLOAD, made, role, {})


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", FITTING)
def test_a_signature_counts_only_if_its_method_fits_the_key(kind, method, all_keys):
    key = all_keys[kind]
    signature = _sign(key, method)
    assert verifies(key.public, signature, PAYLOAD) is (method in FITTING[kind])


@pytest.mark.parametrize("kind", [kind for kind in FITTING if FITTING[kind]])
def test_a_signature_counts_for_no_other_payload_and_no_other_key(kind, all_keys):
    key = all_keys[kind]
    for method in FITTING[kind]:
        signature = _sign(key, method)
        assert not verifies(key.public, signature, PAYLOAD + b" ")
        for other in all_keys.values():
            if other.private is not key.private:
                assert not verifies(other.public, signature, PAYLOAD)


@pytest.mark.parametrize("kind", [kind for kind in FITTING if FITTING[kind]])
def test_a_changed_cut_or_extended_signature_does_not_count(kind, all_keys):
    key = all_keys[kind]
    for method in FITTING[kind]:
        good = _sign(key, method)
        value = good.value
        flipped = value[:-1] + bytes([value[-1] ^ 1])
        for bad in (b"", flipped, value[:-1], value[1:], value + b"\0", b"\0" + value):
            assert not verifies(key.public, evolve(good, value=bad), PAYLOAD)


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("ecdsa P-224", 56),
        ("ecdsa P-256", 64),
        ("ecdsa P-384", 96),
        ("ecdsa P-521", 132),
    ],
)
def test_an_ecdsa_signature_is_two_numbers_of_the_size_of_the_curve(
    kind, size, all_keys
):
    assert len(_sign(all_keys[kind], ECDSA).value) == size


def test_an_ecdsa_signature_as_der_does_not_count(all_keys):
    key = all_keys["ecdsa P-256"]
    der = key.private.sign(PAYLOAD, ec.ECDSA(hashes.SHA256()))
    assert not verifies(key.public, Signature(key.key_id, ECDSA, der), PAYLOAD)


def test_an_ecdsa_signature_with_a_high_s_counts_as_in_go(all_keys):
    key = all_keys["ecdsa P-256"]
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    value = _sign(key, ECDSA).value
    s = order - int.from_bytes(value[32:], "big")
    other = value[:32] + s.to_bytes(32, "big")
    assert verifies(key.public, Signature(key.key_id, ECDSA, other), PAYLOAD)


@pytest.mark.parametrize("r", [b"\0" * 32, b"\xff" * 32])
@pytest.mark.parametrize("s", [b"\0" * 32, b"\xff" * 32])
def test_numbers_out_of_range_are_no_ecdsa_signature(r, s, all_keys):
    key = all_keys["ecdsa P-256"]
    assert not verifies(key.public, Signature(key.key_id, ECDSA, r + s), PAYLOAD)


@pytest.mark.parametrize("salt", [0, 20, 31, 33, 64, padding.PSS.MAX_LENGTH])
def test_a_pss_signature_counts_only_with_a_salt_of_32_bytes(salt, rsa_2048):
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), salt)
    value = rsa_2048.private.sign(PAYLOAD, scheme, hashes.SHA256())
    signature = Signature(rsa_2048.key_id, RSAPSS, value)
    assert not verifies(rsa_2048.public, signature, PAYLOAD)


@pytest.mark.parametrize("scheme", [publisher.PSS, padding.PKCS1v15()])
def test_an_rsa_signature_over_another_digest_does_not_count(scheme, rsa_2048):
    value = rsa_2048.private.sign(PAYLOAD, scheme, hashes.SHA512())
    for method in (RSAPSS, RSAPKCS1V15):
        signature = Signature(rsa_2048.key_id, method, value)
        assert not verifies(rsa_2048.public, signature, PAYLOAD)


def test_the_threshold_is_met_by_one_signature_of_any_key_of_the_role(all_keys):
    for kind, methods in FITTING.items():
        for method in methods:
            key = all_keys[kind]
            _verify(_sign(key, method), role=_role(ecdsa_key(), key))


def test_no_signatures_at_all_have_a_message_of_their_own():
    with pytest.raises(InvalidSignatures, match=r"^tuf: data has no signatures$"):
        _verify(role=_role(ecdsa_key()))


@pytest.mark.parametrize("threshold", [0, -1])
def test_a_threshold_below_one_is_never_met(threshold):
    key = ecdsa_key()
    with pytest.raises(
        InvalidSignatures, match=r"^valid signatures did not meet threshold$"
    ):
        _verify(key.sign(PAYLOAD), role=_role(key, threshold=threshold))


def test_a_threshold_of_two_needs_two_keys():
    one, two = ecdsa_key(), ed25519_key()
    role = _role(one, two, threshold=2)
    _verify(one.sign(PAYLOAD), two.sign(PAYLOAD), role=role)
    with pytest.raises(
        InvalidSignatures,
        match=r"^valid signatures did not meet threshold for targets$",
    ):
        _verify(one.sign(PAYLOAD), role=role)


def test_two_signatures_of_one_key_count_once():
    one, two = ecdsa_key(), ecdsa_key()
    with pytest.raises(InvalidSignatures):
        _verify(one.sign(PAYLOAD), one.sign(PAYLOAD), role=_role(one, two, threshold=2))


def test_a_threshold_higher_than_the_number_of_keys_is_never_met():
    key = ecdsa_key()
    with pytest.raises(InvalidSignatures):
        _verify(key.sign(PAYLOAD), role=_role(key, threshold=2))


def test_a_role_without_keys_accepts_nothing():
    with pytest.raises(InvalidSignatures):
        _verify(ecdsa_key().sign(PAYLOAD), role=_role())


def test_signatures_that_do_not_count_are_skipped(all_keys):
    key, stranger = ecdsa_key(), ed25519_key()
    good = key.sign(PAYLOAD)
    role = _role(key, all_keys["unknown type"], all_keys["rsa 1024"])
    _verify(
        stranger.sign(PAYLOAD),
        evolve(good, method="md5"),
        evolve(good, value=b"x"),
        all_keys["unknown type"].sign(PAYLOAD),
        all_keys["rsa 1024"].sign(PAYLOAD),
        Signature("", "", b""),
        good,
        role=role,
    )


def test_a_signature_under_the_id_of_another_key_does_not_count():
    one, two = ecdsa_key(), ecdsa_key()
    with pytest.raises(InvalidSignatures, match="did not meet threshold for targets"):
        _verify(one.sign(PAYLOAD, two.key_id), role=_role(one, two))


def test_a_key_listed_under_a_wrong_id_spoils_the_file_once_it_signs():
    key = ecdsa_key()
    role = RoleKeys("targets", {"0" * 64: key.public}, 1)
    with pytest.raises(
        InvalidSignatures, match=r"^key ID is not valid for key content$"
    ):
        _verify(key.sign(PAYLOAD, "0" * 64), role=role)


def test_a_key_listed_under_a_wrong_id_does_no_harm_as_long_as_it_is_silent():
    key, other = ecdsa_key(), ecdsa_key()
    role = RoleKeys("targets", {"0" * 64: other.public, key.key_id: key.public}, 1)
    _verify(key.sign(PAYLOAD), role=role)


def test_one_key_under_two_ids_counts_once():
    key = ecdsa_key()
    role = RoleKeys("targets", {key.key_id: key.public, "0": key.public}, 2)
    with pytest.raises(InvalidSignatures):
        _verify(key.sign(PAYLOAD), key.sign(PAYLOAD, "0"), role=role)


def test_ids_are_compared_exactly():
    key = ecdsa_key()
    with pytest.raises(InvalidSignatures):
        _verify(key.sign(PAYLOAD, key.key_id.upper()), role=_role(key))


def test_an_expired_certificate_can_still_sign_what_is_not_a_root():
    past = publisher.NOW.replace(year=2020)
    key = publisher.x509_key("gun", not_before=past, not_after=past)
    _verify(key.sign(PAYLOAD), role=_role(key))


def test_a_signature_is_written_with_its_members_in_the_order_of_go():
    assert list(Signature("k", "ecdsa", b"\0").as_json().items()) == [
        ("keyid", "k"),
        ("method", "ecdsa"),
        ("sig", "AA=="),
    ]


@given(st.sampled_from(METHODS), st.binary(max_size=600), st.data())
def test_hostile_signatures_never_count_and_never_raise(all_keys, method, value, data):
    kind = data.draw(st.sampled_from(sorted(FITTING)))
    signature = Signature(all_keys[kind].key_id, method, value)
    assert not verifies(all_keys[kind].public, signature, PAYLOAD)


@given(st.data())
def test_keys_with_flipped_bits_verify_or_not_but_never_raise(all_keys, data):
    key = all_keys[data.draw(st.sampled_from(sorted(FITTING)))]
    public = bytearray(key.public.public)
    public[data.draw(st.integers(0, len(public) - 1))] ^= 1 << data.draw(
        st.integers(0, 7)
    )
    changed = PublicKey(key.public.keytype, bytes(public))
    for method in METHODS:
        signatures.verifies(changed, _sign(key, method), PAYLOAD)


def test_an_rsa_key_of_absurd_size_verifies_nothing_and_costs_little():
    numbers = rsa.RSAPublicNumbers(65537, (1 << 20_000) + 1)
    public = numbers.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    for method in (RSAPSS, RSAPKCS1V15):
        signature = Signature("k", method, b"\1" * 2501)
        assert not verifies(PublicKey(keys.RSA, public), signature, PAYLOAD)


@pytest.mark.filterwarnings("ignore:Attribute.s length")
def test_a_certificate_whose_name_is_longer_than_64_characters_can_sign():
    key = ecdsa_key()
    certificate = crafted.made(key.private, _long_name())
    bundle = publisher.bundle_key(key, certificate)
    _verify(bundle.sign(PAYLOAD), role=_role(bundle))


def _long_name() -> x509.Name:
    return crafted.named("docker.io/" + "x" * 90)
