"""The keys that one issuer signs tokens with, and the ids by which tokens name them.

Where keys and certificates come from, and when they change, is left to the sources.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from attrs import field, frozen
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notary.auth import base64url, jwk
from notary.auth.jwk import PublicKeyType, UnusableKey


def _unchangeable(keys: Mapping[str, PublicKeyType]) -> Mapping[str, PublicKeyType]:
    return MappingProxyType(dict(keys))


@frozen(eq=False)
class KeySet:
    """What one issuer's tokens are verified with, at one moment.

    ``certificates`` are the roots for ``x5c``. ``keys`` has every key under every id
    that a token's ``kid`` may have. ``ignored`` says, for the log, which members of a
    JWKS were left out, and why.
    """

    certificates: tuple[x509.Certificate, ...] = ()
    keys: Mapping[str, PublicKeyType] = field(
        factory=dict[str, PublicKeyType], converter=_unchangeable
    )
    ignored: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        certificates: Iterable[x509.Certificate] = (),
        jwks: Iterable[object] = (),
    ) -> "KeySet":
        """Return the keys of a bundle and of the ``keys`` members of JWKSs.

        Raise ``UnusableKey`` for a certificate whose key no token can be signed with;
        such a JWK is ignored, as RFC 7517 wants it.
        """
        roots = tuple(certificates)
        keys: dict[str, PublicKeyType] = {}
        named: dict[str, PublicKeyType] = {}
        ignored: list[str] = []
        for certificate in roots:
            keys.update(_by_computed_ids(certificate_key(certificate)))
        for number, member in enumerate(jwks, 1):
            try:
                key = jwk.public_key(member)
                jwk.require_signing(member)
            except UnusableKey as error:
                ignored.append(f"key {number}: {error}")
                continue
            keys.update(_by_computed_ids(key))
            named.setdefault(jwk.own_id(member), key)
        named.pop("", None)
        # An id that was computed from a key cannot be taken over by a name.
        return cls(roots, {**named, **keys}, tuple(ignored))

    def knows(self, key: PublicKeyType) -> bool:
        """Tell whether the key itself, whatever its name, is one of these."""
        return self.keys.get(thumbprint(key)) == key


@frozen
class Issuer:
    """Who may issue tokens, by the name in their ``iss``.

    ``keys`` gives the current keys: another object if and only if they have changed.
    """

    name: str
    keys: Callable[[], KeySet] = field(repr=False)


def certificate_key(certificate: x509.Certificate) -> PublicKeyType:
    """Return a certificate's key; raise ``UnusableKey`` if tokens cannot use it."""
    try:
        return jwk.supported(certificate.public_key())
    except UnusableKey:
        raise
    except Exception:
        raise UnusableKey("the certificate has no readable public key") from None


def libtrust_id(key: PublicKeyType) -> str:
    """Return the id that Docker's registries use: 12 groups of 4 letters or digits."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    text = base64.b32encode(hashlib.sha256(der).digest()[:30]).decode("ascii")
    return ":".join(text[start : start + 4] for start in range(0, len(text), 4))


def thumbprint(key: PublicKeyType) -> str:
    """Return the JWK thumbprint of RFC 7638, SHA-256 in base64url."""
    members = json.dumps(_members(key), sort_keys=True, separators=(",", ":"))
    return base64url.encode(hashlib.sha256(members.encode("ascii")).digest())


def _by_computed_ids(key: PublicKeyType) -> dict[str, PublicKeyType]:
    return {libtrust_id(key): key, thumbprint(key): key}


def _members(key: PublicKeyType) -> dict[str, str]:
    """Return the members of the key's JWK that its thumbprint is made of."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        raw = base64url.encode(key.public_bytes_raw())
        return {"kty": "OKP", "crv": "Ed25519", "x": raw}
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return {"kty": "RSA", "n": _integer(numbers.n), "e": _integer(numbers.e)}
    return _point(key)


def _point(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    size = (key.curve.key_size + 7) // 8
    name = jwk.CURVE_NAMES[key.curve.name]
    x, y = (base64url.encode(n.to_bytes(size, "big")) for n in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": name, "x": x, "y": y}


def _integer(number: int) -> str:
    return base64url.encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))
