"""The methods of signing, and the kinds of keys that each of them fits."""

from attrs import evolve
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notary.tuf import keys
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import ECDSA, EDDSA, PYCRYPTO, RSAPKCS1V15, RSAPSS, Signature
from tests import publisher
from tests.publisher import Key, ecdsa_key, ed25519_key
from tests.tuf import crafted

PAYLOAD = b'{"_type":"Targets"}'
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


def signature_by(key: Key, method: str, payload: bytes = PAYLOAD) -> Signature:
    """Return a signature that is right if the method fits the key at all."""
    if isinstance(key.private, rsa.RSAPrivateKey):
        pkcs1 = method == RSAPKCS1V15
        scheme = padding.PKCS1v15() if pkcs1 else publisher.PSS
        value = key.private.sign(payload, scheme, hashes.SHA256())
        return Signature(key.key_id, method, value)
    return evolve(key.sign(payload), method=method)


def keys_of_all_kinds(rsa_2048: Key, rsa_1024: Key) -> dict[str, Key]:
    """Return a key of each kind."""
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
