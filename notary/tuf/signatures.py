"""Signatures over canonical bytes, and how many of them a role needs."""

import base64
from collections.abc import Collection, Iterable, Mapping

from attrs import field, frozen
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from notary.tuf import keys
from notary.tuf.errors import InvalidSignatures
from notary.tuf.keys import PublicKey

ECDSA = "ecdsa"
EDDSA = "eddsa"
RSAPSS = "rsapss"
RSAPKCS1V15 = "rsapkcs1v15"
PYCRYPTO = "pycrypto-pkcs#1 pss"

_MIN_RSA_SIGNATURE = 256
_SHOWN_IDS = 5
_PSS = padding.PSS(padding.MGF1(SHA256()), SHA256.digest_size)


@frozen
class Signature:
    """One signature of an envelope; ``method`` is lower-case."""

    key_id: str
    method: str
    value: bytes = field(repr=False)

    def as_json(self) -> dict[str, object]:
        """Return the member of ``signatures``, in the order in which Go writes it."""
        value = base64.b64encode(self.value).decode("ascii")
        return {"keyid": self.key_id, "method": self.method, "sig": value}


@frozen
class RoleKeys:
    """Who may sign a role: the keys by the id they are listed under, and how many."""

    name: str
    keys: Mapping[str, PublicKey]
    threshold: int


def verify_role(
    payload: bytes,
    signatures: Collection[Signature],
    role: RoleKeys,
    verdicts: dict[Signature, bool],
) -> None:
    """Accept if enough different keys of the role signed the payload.

    Raise ``InvalidSignatures`` with the Go server's message otherwise. ``verdicts``
    remembers whether a signature over this payload is that of the key it names.
    """
    if not signatures:
        raise InvalidSignatures("tuf: data has no signatures")
    if role.threshold < 1:
        raise InvalidSignatures("valid signatures did not meet threshold")
    valid = _signers(payload, signatures, role, verdicts)
    if len(valid) < role.threshold:
        raise InvalidSignatures(
            f"valid signatures did not meet threshold for {role.name}",
            because=f"{len(valid)} of {role.threshold} are valid; it is signed by"
            f" {_shown(each.key_id for each in signatures)}; those who may sign are"
            f" {_shown(role.keys)}",
        )


def _signers(
    payload: bytes,
    signatures: Iterable[Signature],
    role: RoleKeys,
    verdicts: dict[Signature, bool],
) -> set[str]:
    valid: set[str] = set()
    for signature in signatures:
        key = role.keys.get(signature.key_id)
        if key is None or signature.key_id in valid:
            continue
        if key.key_id != signature.key_id:
            raise InvalidSignatures("key ID is not valid for key content")
        if signature not in verdicts:
            verdicts[signature] = verifies(key, signature, payload)
        if verdicts[signature]:
            valid.add(signature.key_id)
    return valid


def _shown(key_ids: Iterable[str]) -> str:
    ids = [key_id[:64] for key_id in key_ids]
    others = f" and {len(ids) - _SHOWN_IDS} others" if len(ids) > _SHOWN_IDS else ""
    return (", ".join(ids[:_SHOWN_IDS]) or "nobody") + others


def verifies(key: PublicKey, signature: Signature, payload: bytes) -> bool:
    """Tell whether this is the key's signature by a method that fits the key's type."""
    try:
        return _verify(key, signature, payload)
    except InvalidSignature:
        return False


def _verify(key: PublicKey, signature: Signature, payload: bytes) -> bool:
    if signature.method == PYCRYPTO and key.keytype == keys.RSA:
        return _verify_rsa(keys.pem_rsa_key(key), signature.value, payload, _PSS)
    public = keys.verifying_key(key)
    if signature.method == EDDSA and isinstance(public, ed25519.Ed25519PublicKey):
        public.verify(signature.value, payload)
        return True
    if signature.method == ECDSA and isinstance(public, ec.EllipticCurvePublicKey):
        public.verify(_der(public, signature.value), payload, ec.ECDSA(SHA256()))
        return True
    if signature.method in _RSA_PADDINGS and isinstance(public, rsa.RSAPublicKey):
        scheme = _RSA_PADDINGS[signature.method]
        return _verify_rsa(public, signature.value, payload, scheme)
    return False


_RSA_PADDINGS = {RSAPSS: _PSS, RSAPKCS1V15: padding.PKCS1v15()}


def _verify_rsa(
    public: rsa.RSAPublicKey | None,
    value: bytes,
    payload: bytes,
    scheme: padding.AsymmetricPadding,
) -> bool:
    if public is None or len(value) < _MIN_RSA_SIGNATURE:
        return False
    public.verify(value, payload, scheme, SHA256())
    return True


def _der(public: ec.EllipticCurvePublicKey, value: bytes) -> bytes:
    """Turn ``r||s``, each padded to the size of the curve, into DER."""
    size = (public.curve.key_size + 7) // 8
    if len(value) != 2 * size:
        raise InvalidSignature
    r, s = (int.from_bytes(half, "big") for half in (value[:size], value[size:]))
    return encode_dss_signature(r, s)
