"""Signatures: which methods fit which keys, and what hostile ones do: nothing."""

import pytest
from attrs import evolve
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from notary.tuf import keys, signatures
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import (
    ECDSA,
    EDDSA,
    PYCRYPTO,
    RSAPKCS1V15,
    RSAPSS,
    Signature,
    verifies,
)
from tests import publisher
from tests.tuf.methods import FITTING, PAYLOAD, signature_by

METHODS = [ECDSA, EDDSA, RSAPSS, RSAPKCS1V15, PYCRYPTO, "sha256", ""]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", FITTING)
def test_a_signature_counts_only_if_its_method_fits_the_key(kind, method, all_keys):
    key = all_keys[kind]
    signature = signature_by(key, method)
    assert verifies(key.public, signature, PAYLOAD) is (method in FITTING[kind])


@pytest.mark.parametrize("kind", [kind for kind in FITTING if FITTING[kind]])
def test_a_signature_counts_for_no_other_payload_and_no_other_key(kind, all_keys):
    key = all_keys[kind]
    for method in FITTING[kind]:
        signature = signature_by(key, method)
        assert not verifies(key.public, signature, PAYLOAD + b" ")
        for other in all_keys.values():
            if other.private is not key.private:
                assert not verifies(other.public, signature, PAYLOAD)


@pytest.mark.parametrize("kind", [kind for kind in FITTING if FITTING[kind]])
def test_a_changed_cut_or_extended_signature_does_not_count(kind, all_keys):
    key = all_keys[kind]
    for method in FITTING[kind]:
        good = signature_by(key, method)
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
    assert len(signature_by(all_keys[kind], ECDSA).value) == size


def test_an_ecdsa_signature_as_der_does_not_count(all_keys):
    key = all_keys["ecdsa P-256"]
    der = key.private.sign(PAYLOAD, ec.ECDSA(hashes.SHA256()))
    assert not verifies(key.public, Signature(key.key_id, ECDSA, der), PAYLOAD)


def test_an_ecdsa_signature_with_a_high_s_counts_as_in_go(all_keys):
    key = all_keys["ecdsa P-256"]
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    value = signature_by(key, ECDSA).value
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
        signatures.verifies(changed, signature_by(key, method), PAYLOAD)


def test_an_rsa_key_of_absurd_size_verifies_nothing_and_costs_little():
    numbers = rsa.RSAPublicNumbers(65537, (1 << 20_000) + 1)
    public = numbers.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    for method in (RSAPSS, RSAPKCS1V15):
        signature = Signature("k", method, b"\1" * 2501)
        assert not verifies(PublicKey(keys.RSA, public), signature, PAYLOAD)
