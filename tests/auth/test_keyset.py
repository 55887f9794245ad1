"""Keys and their ids, from certificates and from JSON web keys."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from notary.auth import jwk
from notary.auth.jwk import UnusableKey
from notary.auth.keyset import KeySet, libtrust_id, thumbprint
from tests import recorded
from tests.auth.minting import certificate, new_key

# The example of RFC 7638, section 3.1.
RFC_KEY = {
    "kty": "RSA",
    "n": (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhD"
        "R1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf"
        "0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n9"
        "1CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF4"
        "4-csFCur-kEgU8awapJzKnqDKgw"
    ),
    "e": "AQAB",
}
EC_CURVES = (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1())


def as_jwk(private, **more):
    """Return a public key as an independent library writes it."""
    public = private.public_key()
    writer = jwt.get_algorithm_by_name(jwk.algorithms(public)[0])
    return {**writer.to_jwk(public, as_dict=True), **more}


@pytest.fixture(params=["P-256", "P-384", "P-521", "Ed25519", "RSA"])
def private(request, rsa_key):
    curves = dict(zip(("P-256", "P-384", "P-521"), EC_CURVES, strict=True))
    if request.param == "RSA":
        return rsa_key
    if request.param == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(curves[request.param])


def test_the_thumbprint_is_that_of_the_rfc():
    found = thumbprint(jwk.public_key(RFC_KEY))
    assert found == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_libtrust_ids_are_the_recorded_ones():
    info = recorded.auth_info()
    assert info["kids"]
    for name, expected in info["kids"].items():
        assert libtrust_id(recorded.auth_certificate(name).public_key()) == expected


def test_every_key_is_found_by_each_of_its_ids(private):
    public = private.public_key()
    found = KeySet.of(jwks=[as_jwk(private, kid="mine", use="sig")]).keys
    assert set(found) == {"mine", libtrust_id(public), thumbprint(public)}
    assert all(key == public for key in found.values())


def test_a_claimed_id_does_not_take_the_place_of_a_computed_one():
    mine, other = new_key(), new_key()
    taken = thumbprint(mine.public_key())
    found = KeySet.of(jwks=[as_jwk(other, kid=taken), as_jwk(mine)]).keys
    assert found[taken] == mine.public_key()


@pytest.mark.parametrize(
    "member",
    [
        None,
        [],
        {},
        {"kty": ["RSA"]},
        {"kty": "oct", "k": "c2VjcmV0"},
        {**RFC_KEY, "d": "AQAB"},
        {**RFC_KEY, "use": "enc"},
        {**RFC_KEY, "alg": "RSA-OAEP"},
        {**RFC_KEY, "alg": "PS256"},
        {**RFC_KEY, "key_ops": ["encrypt"]},
        {**RFC_KEY, "e": "AA"},
        {**RFC_KEY, "e": "AQ"},
        {**RFC_KEY, "e": "BAAAAAAB"},
        {**RFC_KEY, "n": "AQAB"},
        {**RFC_KEY, "n": "A" * 2000 + "_"},
        {**RFC_KEY, "n": "x" * 2000},
        {**RFC_KEY, "n": 5},
        {**RFC_KEY, "n": "+/+/"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "X25519", "x": "A" * 43},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"},
    ],
)
def test_a_jwk_that_verifies_no_tokens_is_ignored_and_told(member):
    found = KeySet.of(jwks=[member])
    assert not found.keys
    assert len(found.ignored) == 1
    assert found.ignored[0].startswith("key 1: ")


@pytest.mark.parametrize("bits", [1024, 8200])
def test_rsa_keys_of_unusual_size_are_refused(bits):
    numbers = rsa.RSAPublicNumbers(65537, (1 << bits) - 1)
    with pytest.raises(UnusableKey, match=f"not {bits}"):
        jwk.supported(numbers.public_key())


def test_a_certificate_with_a_key_of_another_curve_is_refused():
    made = certificate("k1", ec.generate_private_key(ec.SECP256K1()))
    with pytest.raises(UnusableKey, match="secp256k1"):
        KeySet.of([made])


def test_keys_cannot_be_changed_in_place():
    found = KeySet.of(jwks=[RFC_KEY])
    with pytest.raises(TypeError):
        found.keys["x"] = jwk.public_key(RFC_KEY)
