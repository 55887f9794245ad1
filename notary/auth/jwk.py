"""JSON web keys, as public keys that tokens may be signed with.

What a key costs to use is bounded here, before it is used: some come from strangers.
"""

from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from notary.auth import base64url

PublicKeyType = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192
MAX_RSA_EXPONENT = 2**32 - 1
MAX_ID = 512

CURVE_NAMES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_CURVES: Mapping[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
}
_EC_ALGORITHMS = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}


class UnusableKey(ValueError):
    """No token can be verified with this key; the message says why."""


def algorithms(key: PublicKeyType) -> tuple[str, ...]:
    """Return the signature algorithms of RFC 7518 and 8037 that fit the key."""
    if isinstance(key, rsa.RSAPublicKey):
        return ("RS256", "RS384", "RS512")
    if isinstance(key, ed25519.Ed25519PublicKey):
        return ("EdDSA",)
    return (_EC_ALGORITHMS[CURVE_NAMES[key.curve.name]],)


def supported(key: object) -> PublicKeyType:
    """Return the key if its type and size are accepted, else raise ``UnusableKey``."""
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        _check_rsa(numbers.n, numbers.e)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        if key.curve.name not in CURVE_NAMES:
            raise UnusableKey(f"curve {key.curve.name} is not supported")
    elif not isinstance(key, ed25519.Ed25519PublicKey):
        raise UnusableKey(f"keys of type {type(key).__name__} are not supported")
    return key


def public_key(member: object) -> PublicKeyType:
    """Return the public key of a JWK, or raise ``UnusableKey``."""
    if not isinstance(member, Mapping):
        raise UnusableKey("not a JSON object")
    if "d" in member:
        raise UnusableKey("a private key, which must not leave its owner")
    kind = member.get("kty")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise UnusableKey("kty is not RSA, EC or OKP")
    try:
        return reader(member)
    except UnusableKey:
        raise
    except ValueError:
        raise UnusableKey("the members are no valid public key") from None


def require_signing(member: object) -> None:
    """Raise ``UnusableKey`` for a JWK that its owner meant for something else."""
    if not isinstance(member, Mapping):
        raise UnusableKey("not a JSON object")
    if member.get("use", "sig") != "sig":
        raise UnusableKey("use is not sig")
    operations = member.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        raise UnusableKey("key_ops has no verify")
    fitting = algorithms(public_key(member))
    if member.get("alg", fitting[0]) not in fitting:
        raise UnusableKey(f"alg is not {' or '.join(fitting)}")


def own_id(member: object) -> str:
    """Return the ``kid`` of a JWK, empty if it has none that is usable."""
    given = member.get("kid") if isinstance(member, Mapping) else None
    return given if isinstance(given, str) and len(given) <= MAX_ID else ""


def _rsa(member: Mapping[str, object]) -> PublicKeyType:
    n, e = (int.from_bytes(_octets(member, name), "big") for name in ("n", "e"))
    _check_rsa(n, e)
    return rsa.RSAPublicNumbers(e, n).public_key()


def _check_rsa(modulus: int, exponent: int) -> None:
    bits = modulus.bit_length()
    if not MIN_RSA_BITS <= bits <= MAX_RSA_BITS:
        raise UnusableKey(
            f"RSA keys must have {MIN_RSA_BITS} to {MAX_RSA_BITS} bits, not {bits}"
        )
    if not 3 <= exponent <= MAX_RSA_EXPONENT or exponent % 2 == 0:
        raise UnusableKey("the RSA exponent is not an odd number of 2 to 32 bits")


def _elliptic(member: Mapping[str, object]) -> PublicKeyType:
    name = member.get("crv")
    curve = _CURVES.get(name) if isinstance(name, str) else None
    if curve is None:
        raise UnusableKey("crv is not P-256, P-384 or P-521")
    x, y = (int.from_bytes(_octets(member, name), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, curve).public_key()


def _edwards(member: Mapping[str, object]) -> PublicKeyType:
    if member.get("crv") != "Ed25519":
        raise UnusableKey("crv is not Ed25519")
    return ed25519.Ed25519PublicKey.from_public_bytes(_octets(member, "x"))


_READERS: Mapping[str, Callable[[Mapping[str, object]], PublicKeyType]] = {
    "RSA": _rsa,
    "EC": _elliptic,
    "OKP": _edwards,
}


def _octets(member: Mapping[str, object], name: str) -> bytes:
    value = member.get(name)
    octets = base64url.decode(value) if isinstance(value, str) else None
    if not octets:
        raise UnusableKey(f"{name} is not base64url")
    return octets
