"""Public keys as metadata carries them, and their ids."""

import base64
import hashlib
from functools import lru_cache

from attrs import field, frozen
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from notary.tuf import canonical, certificates
from notary.tuf.errors import InvalidMetadata

ECDSA = "ecdsa"
ED25519 = "ed25519"
RSA = "rsa"
ECDSA_X509 = "ecdsa-x509"
RSA_X509 = "rsa-x509"
X509_TYPES = (ECDSA_X509, RSA_X509)

MAX_BYTES = 32 * 1024
"""More than any bundle of certificates needs: what is cached stays small."""

MAX_RSA_BITS = 8192
"""What a signature costs grows faster than its key."""

_CACHED = 1024
_CURVES = (ec.SECP224R1, ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)

_PKCS1 = b"-----BEGIN RSA PUBLIC KEY-----"

VerifyingKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey


@frozen
class PublicKey:
    """A key by its type and content; types the server does not know are kept.

    ``public`` is what ``keyval.public`` holds after base64: PKIX DER for ``ecdsa``
    and ``rsa``, 32 bytes for ``ed25519``, PEM certificates for the x509 types.
    """

    keytype: str
    public: bytes | None = field(repr=False)

    @property
    def key_id(self) -> str:
        """The hex SHA-256 of the key's canonical form, the private part left out."""
        return _key_id(self)

    @property
    def canonical_id(self) -> str:
        """The id under which a private key is kept: certificates do not count."""
        if self.keytype not in X509_TYPES:
            return self.key_id
        leaf = certificates.parse_bundle(self.public or b"")[0]
        return PublicKey(
            self.keytype.removesuffix("-x509"), certificates.public_der(leaf)
        ).key_id

    def as_json(self) -> dict[str, object]:
        """Return the member of a ``keys`` map; the private part is always null."""
        public = None
        if self.public is not None:
            public = base64.b64encode(self.public).decode("ascii")
        return {"keytype": self.keytype, "keyval": {"private": None, "public": public}}


@lru_cache(maxsize=_CACHED)
def verifying_key(key: PublicKey) -> VerifyingKey | None:
    """Return the key ready for use, or ``None`` if nothing can verify with it."""
    try:
        return _parse(key)
    except (ValueError, UnsupportedAlgorithm, InvalidMetadata):
        return None


def pem_rsa_key(key: PublicKey) -> rsa.RSAPublicKey | None:
    """Return the RSA key kept as PEM, the form of method ``pycrypto-pkcs#1 pss``."""
    try:
        loaded = load_pem_public_key(key.public or b"")
        # PKCS #1 has the same contents under a label of its own.
        return None if _PKCS1 in (key.public or b"") else _usable_rsa(loaded)
    except (ValueError, UnsupportedAlgorithm):
        return None


@lru_cache(maxsize=_CACHED)
def _key_id(key: PublicKey) -> str:
    return hashlib.sha256(canonical.encode(key.as_json())).hexdigest()


def _parse(key: PublicKey) -> VerifyingKey | None:
    public = key.public or b""
    if key.keytype == ED25519:
        return ed25519.Ed25519PublicKey.from_public_bytes(public)
    if key.keytype in X509_TYPES:
        public = certificates.public_der(certificates.parse_bundle(public)[0])
    loaded = load_der_public_key(public)
    # Like Go, read PKIX with uncompressed points only: neither PKCS #1 nor others.
    if loaded.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != public:
        return None
    if key.keytype in (ECDSA, ECDSA_X509):
        return _usable_ec(loaded)
    if key.keytype in (RSA, RSA_X509):
        return _usable_rsa(loaded)
    return None


def _usable_ec(key: object) -> ec.EllipticCurvePublicKey | None:
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES):
        return key
    return None


def _usable_rsa(key: object) -> rsa.RSAPublicKey | None:
    if not isinstance(key, rsa.RSAPublicKey):
        return None
    fits = certificates.MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS
    return key if fits and certificates.has_readable_exponent(key) else None
