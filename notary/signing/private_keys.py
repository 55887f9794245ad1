"""Private keys in use: made, read, written and signed with.

Keeping them secret at rest is left to ``jwe``, keeping them at all to ``keystore``.
"""

from typing import assert_never

from attrs import field, frozen
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from notary.tuf.keys import ECDSA, ED25519, PublicKey
from notary.tuf.signatures import ECDSA as ECDSA_METHOD
from notary.tuf.signatures import EDDSA as EDDSA_METHOD
from notary.tuf.signatures import Signature

ALGORITHMS = (ECDSA, ED25519)

_SEED = 32

SigningKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class UnreadableKey(Exception):
    """These bytes are no private key of that algorithm."""


@frozen
class PrivateKey:
    """A key that can sign; ``public`` names it."""

    public: PublicKey
    _signing: SigningKey = field(repr=False, eq=False)

    def sign(self, payload: bytes) -> Signature:
        """Return the signature of the payload by the only method of the key's type."""
        signing = self._signing
        if isinstance(signing, ed25519.Ed25519PrivateKey):
            return Signature(self.public.key_id, EDDSA_METHOD, signing.sign(payload))
        r, s = decode_dss_signature(signing.sign(payload, ec.ECDSA(SHA256())))
        value = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return Signature(self.public.key_id, ECDSA_METHOD, value)

    def plaintext(self) -> bytes:
        """Return the form to be encrypted: SEC1 DER, or 96 bytes for ed25519."""
        signing = self._signing
        if isinstance(signing, ed25519.Ed25519PrivateKey):
            public = signing.public_key().public_bytes_raw()
            return public + signing.private_bytes_raw() + public
        return signing.private_bytes(
            Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        )


def generate(algorithm: str) -> PrivateKey:
    """Make a new ``ecdsa`` (P-256) or ``ed25519`` key; ``ValueError`` for others."""
    if algorithm == ECDSA:
        return _private_key(ec.generate_private_key(ec.SECP256R1()))
    if algorithm == ED25519:
        return _private_key(ed25519.Ed25519PrivateKey.generate())
    raise ValueError(f"no keys of algorithm {algorithm!r} are made")


def parse(algorithm: str, plaintext: bytes) -> PrivateKey:
    """Read what ``plaintext`` wrote or raise ``UnreadableKey``."""
    if algorithm == ED25519:
        return _parse_ed25519(plaintext)
    if algorithm == ECDSA:
        return _parse_ecdsa(plaintext)
    raise UnreadableKey(f"algorithm {algorithm!r} is not known")


def parse_named(key_id: str, algorithm: str, plaintext: bytes) -> PrivateKey:
    """Read the key with this id or raise ``UnreadableKey``."""
    key = parse(algorithm, plaintext)
    if key.public.key_id != key_id:
        raise UnreadableKey("not the key that the row names")
    return key


def _parse_ed25519(plaintext: bytes) -> PrivateKey:
    public, seed, again = (plaintext[at : at + _SEED] for at in (0, _SEED, 2 * _SEED))
    if len(plaintext) != 3 * _SEED or public != again:
        raise UnreadableKey("not an ed25519 key")
    key = _private_key(ed25519.Ed25519PrivateKey.from_private_bytes(seed))
    if key.public.public != public:
        raise UnreadableKey("the halves of the ed25519 key do not fit")
    return key


def _parse_ecdsa(plaintext: bytes) -> PrivateKey:
    try:
        signing = load_der_private_key(plaintext, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UnreadableKey("not an ecdsa key") from None
    if not isinstance(signing, ec.EllipticCurvePrivateKey):
        raise UnreadableKey("not an ecdsa key")
    if not isinstance(signing.curve, ec.SECP256R1):
        raise UnreadableKey("not a key on P-256")
    return _private_key(signing)


def _private_key(signing: SigningKey) -> PrivateKey:
    return PrivateKey(_public(signing), signing)


def _public(signing: SigningKey) -> PublicKey:
    if isinstance(signing, ed25519.Ed25519PrivateKey):
        return PublicKey(ED25519, signing.public_key().public_bytes_raw())
    if isinstance(signing, ec.EllipticCurvePrivateKey):
        public = signing.public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return PublicKey(ECDSA, der)
    assert_never(signing)
