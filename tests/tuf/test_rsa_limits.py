"""RSA keys whose signatures would cost much to verify: they verify nothing."""

import math

import pytest
from attrs import evolve
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notary.tuf import keys, signatures
from notary.tuf.keys import PublicKey
from tests import publisher
from tests.publisher import Key
from tests.tuf import crafted
from tests.tuf.methods import PAYLOAD
from tests.tuf.roots import GUN, NO_LEAF, NOT_SIGNED, first_refusal

LARGEST = 2**63 - 1
TOO_LARGE = 2**63 + 1


@pytest.fixture
def of_exponent(rsa_2048):
    """Make a key of an exponent out of the primes of another."""

    def made(exponent: int) -> Key:
        old = rsa_2048.private.private_numbers()
        p, q = old.p, old.q
        private = pow(exponent, -1, math.lcm(p - 1, q - 1))
        numbers = rsa.RSAPrivateNumbers(
            *(p, q, private, private % (p - 1), private % (q - 1), old.iqmp),
            rsa.RSAPublicNumbers(exponent, p * q),
        )
        found = numbers.private_key(unsafe_skip_rsa_key_validation=True)
        return Key(found, PublicKey(keys.RSA, publisher.der(found)))

    return made


def usable(smallest, most, primes):
    """Return the first exponent from the smallest on that goes with the primes."""
    fitting = (
        each
        for each in range(smallest, most, 2)
        if all(math.gcd(each, prime - 1) == 1 for prime in primes)
    )
    return next(fitting)


def test_a_key_with_an_exponent_of_63_bits_verifies_as_in_go(of_exponent, rsa_2048):
    old = rsa_2048.private.private_numbers()
    exponent = usable(LARGEST - 100_000, LARGEST, (old.p, old.q))
    key = of_exponent(exponent)
    assert signatures.verifies(key.public, key.sign(PAYLOAD), PAYLOAD)


def test_a_key_with_a_larger_exponent_verifies_nothing(of_exponent, rsa_2048):
    old = rsa_2048.private.private_numbers()
    exponent = usable(TOO_LARGE, 2 * TOO_LARGE, (old.p, old.q))
    key = of_exponent(exponent)
    signature = key.sign(PAYLOAD)
    assert not signatures.verifies(key.public, signature, PAYLOAD)
    pem = key.private.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    assert not signatures.verifies(
        PublicKey(keys.RSA, pem),
        evolve(signature, method=signatures.PYCRYPTO),
        PAYLOAD,
    )


@pytest.mark.parametrize(("bits", "is_usable"), [(8192, True), (8193, False)])
def test_a_key_of_more_than_8192_bits_verifies_nothing(bits, is_usable):
    public = PublicKey(keys.RSA, crafted.rsa_numbers(bits, 65537))
    assert (keys.verifying_key(public) is not None) == is_usable


@pytest.mark.parametrize(
    ("bits", "exponent", "refusal"),
    [
        (2048, LARGEST, NOT_SIGNED),
        (2048, TOO_LARGE, NO_LEAF),
        (2048, (1 << 2047) - 1, NO_LEAF),
        (8193, 65537, NOT_SIGNED),
    ],
)
def test_a_root_with_such_a_key_is_answered_as_if_nobody_had_signed_it(
    rsa_2048, bits, exponent, refusal
):
    pem = crafted.certificate_of(crafted.rsa_numbers(bits, exponent), GUN)
    key = Key(rsa_2048.private, PublicKey(keys.RSA_X509, pem))
    assert first_refusal(key) == refusal
