"""Private keys in use: written and read as by the Go signer, and never shown."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from notary.signing import private_keys
from notary.signing.private_keys import UnreadableKey
from notary.tuf.signatures import verifies

ALGORITHMS = pytest.mark.parametrize("algorithm", private_keys.ALGORITHMS)


def traditional(key):
    return key.private_bytes(
        Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )


@ALGORITHMS
def test_a_key_is_the_same_after_writing_and_reading(algorithm):
    key = private_keys.generate(algorithm)
    again = private_keys.parse(algorithm, key.plaintext())
    assert again.public == key.public
    assert verifies(key.public, again.sign(b"payload"), b"payload")


@pytest.mark.parametrize(("algorithm", "size"), [("ecdsa", 121), ("ed25519", 96)])
def test_the_plaintext_has_the_size_of_the_go_signer(algorithm, size):
    assert len(private_keys.generate(algorithm).plaintext()) == size


@ALGORITHMS
def test_a_key_shows_nothing_but_its_type(algorithm):
    key = private_keys.generate(algorithm)
    assert repr(key) == f"PrivateKey(public=PublicKey(keytype={algorithm!r}))"


def test_short_numbers_of_a_signature_are_padded():
    key = private_keys.generate("ecdsa")
    assert {len(key.sign(bytes([n])).value) for n in range(256)} == {64}


def test_other_algorithms_are_neither_made_nor_read():
    with pytest.raises(ValueError, match="rsa"):
        private_keys.generate("rsa")
    with pytest.raises(UnreadableKey):
        private_keys.parse("rsa", b"")


def test_keys_of_other_kinds_are_refused():
    other_curve = traditional(ec.generate_private_key(ec.SECP384R1()))
    other_type = traditional(rsa.generate_private_key(65537, 2048))
    for plaintext in (other_curve, other_type):
        with pytest.raises(UnreadableKey):
            private_keys.parse("ecdsa", plaintext)


def test_an_ed25519_key_whose_parts_do_not_fit_is_refused():
    good = private_keys.generate("ed25519").plaintext()
    other = private_keys.generate("ed25519").plaintext()
    for plaintext in (
        good[:95],
        good + b"\0",
        good[:64] + other[64:],
        other[:32] + good[32:64] + other[64:],
    ):
        with pytest.raises(UnreadableKey):
            private_keys.parse("ed25519", plaintext)


@given(
    plaintext=st.binary(max_size=130), algorithm=st.sampled_from(["ecdsa", "ed25519"])
)
def test_hostile_bytes_raise_nothing_but_our_error(plaintext, algorithm):
    with pytest.raises(UnreadableKey):
        private_keys.parse(algorithm, plaintext)
