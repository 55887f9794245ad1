"""A publisher for tests: makes keys and signs metadata of every shape, valid or not."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import define, field, frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notary.tuf import canonical, keys, signatures
from notary.tuf.envelope import serialise
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import Signature

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FAR = "2036-11-19T12:00:00Z"
PAST = "2026-11-22T11:59:59Z"
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)


@frozen
class Key:
    """A private key and the public form under which metadata lists it."""

    private: Any = field(repr=False)
    public: PublicKey

    @property
    def key_id(self) -> str:
        return self.public.key_id

    def sign(self, payload: bytes, key_id: str | None = None) -> Signature:
        """Sign with the method that fits the key, under its own id or another."""
        method, value = self._signed(payload)
        return Signature(key_id or self.key_id, method, value)

    def _signed(self, payload: bytes) -> tuple[str, bytes]:
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return signatures.EDDSA, self.private.sign(payload)
        if isinstance(self.private, rsa.RSAPrivateKey):
            return signatures.RSAPSS, self.private.sign(payload, PSS, hashes.SHA256())
        der = self.private.sign(payload, ec.ECDSA(hashes.SHA256()))
        size = (self.private.curve.key_size + 7) // 8
        numbers = (number.to_bytes(size, "big") for number in decode_dss_signature(der))
        return signatures.ECDSA, b"".join(numbers)


def der(private: Any) -> bytes:
    """Return the public part as PKIX DER."""
    public = private.public_key()
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def ecdsa_key(curve: ec.EllipticCurve | None = None) -> Key:
    """Return a plain ecdsa key."""
    private = ec.generate_private_key(curve or ec.SECP256R1())
    return Key(private, PublicKey(keys.ECDSA, der(private)))


def ed25519_key() -> Key:
    """Return an ed25519 key."""
    private = ed25519.Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Key(private, PublicKey(keys.ED25519, public))


def rsa_key(bits: int = 2048) -> Key:
    """Return a plain rsa key."""
    private = rsa.generate_private_key(65537, bits)
    return Key(private, PublicKey(keys.RSA, der(private)))


def certificate(
    private: Any,
    name: str,
    *,
    not_before: datetime = NOW - timedelta(hours=1),
    not_after: datetime = NOW + timedelta(days=3650),
    is_ca: bool = False,
) -> x509.Certificate:
    """Return a self-signed certificate, without extensions unless it is a CA."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )
    if is_ca:
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        builder = builder.add_extension(constraints, critical=True)
    return builder.sign(private, hashes.SHA256())


def x509_key(name: str, plain: Key | None = None, **dates: Any) -> Key:
    """Return a key in the form of a certificate with this common name."""
    plain = plain or ecdsa_key()
    return bundle_key(plain, certificate(plain.private, name, **dates))


def bundle_key(plain: Key, *certificates: x509.Certificate) -> Key:
    """Return the key in the form of these certificates."""
    pem = b"".join(item.public_bytes(Encoding.PEM) for item in certificates)
    return Key(plain.private, PublicKey(f"{plain.public.keytype}-x509", pem))


def sign(signed: Any, *by: Key) -> bytes:
    """Return the file with one signature of each key."""
    payload = canonical.encode(signed)
    return serialise(signed, tuple(key.sign(payload) for key in by))


def meta(data: bytes) -> dict[str, Any]:
    """Return what a snapshot or timestamp says of this file."""
    digests = {"sha256": hashlib.sha256(data), "sha512": hashlib.sha512(data)}
    listed = {n: base64.b64encode(d.digest()).decode() for n, d in digests.items()}
    return {"hashes": listed, "length": len(data)}


def role(*by: Key, threshold: int = 1) -> dict[str, Any]:
    """Return a role specification of a root."""
    return {"keyids": [key.key_id for key in by], "threshold": threshold}


def delegation(name: str, *by: Key, threshold: int = 1) -> dict[str, Any]:
    """Return a role specification of a targets file."""
    return {"name": name, "paths": [""], **role(*by, threshold=threshold)}


def key_map(*listed: Key) -> dict[str, Any]:
    """Return the ``keys`` member for these keys."""
    return {key.key_id: key.public.as_json() for key in listed}


def targets(
    version: int = 1,
    *,
    delegations: Sequence[dict[str, Any]] = (),
    listed: Sequence[Key] = (),
    expires: str = FAR,
    **members: Any,
) -> dict[str, Any]:
    """Return the ``signed`` of targets or a delegation."""
    return {
        "_type": "Targets",
        "delegations": {"keys": key_map(*listed), "roles": list(delegations)},
        "expires": expires,
        "targets": {},
        "version": version,
        **members,
    }


def snapshot(
    version: int, files: dict[str, bytes], *, expires: str = FAR, **members: Any
) -> dict[str, Any]:
    """Return the ``signed`` of a snapshot that lists these files."""
    listed = {name: meta(data) for name, data in files.items()}
    return {
        "_type": "Snapshot",
        "expires": expires,
        "meta": listed,
        "version": version,
        **members,
    }


@define
class Publisher:
    """The owner of one repository; by default the server signs only the timestamp."""

    gun: str
    timestamp_key: PublicKey
    snapshot_key: PublicKey | None = None
    root_key: Key = field()
    targets_key: Key = field(factory=ed25519_key)
    own_snapshot_key: Key = field(factory=ed25519_key)

    @root_key.default
    def _root_key(self) -> Key:
        return x509_key(self.gun)

    def root(self, version: int = 1, **members: Any) -> dict[str, Any]:
        """Return the ``signed`` of a root; members given replace the usual ones."""
        snapshot_key = self.snapshot_key or self.own_snapshot_key.public
        listed = {
            key.key_id: key.as_json()
            for key in (
                self.root_key.public,
                self.targets_key.public,
                snapshot_key,
                self.timestamp_key,
            )
        }
        return {
            "_type": "Root",
            "consistent_snapshot": False,
            "expires": FAR,
            "keys": listed,
            "roles": {
                "root": role(self.root_key),
                "targets": role(self.targets_key),
                "snapshot": {"keyids": [snapshot_key.key_id], "threshold": 1},
                "timestamp": {"keyids": [self.timestamp_key.key_id], "threshold": 1},
            },
            "version": version,
            **members,
        }

    def first_publish(self) -> dict[str, bytes]:
        """Return the files of a first publish, with a snapshot if the key is ours."""
        return self.with_snapshot(
            {
                "root": sign(self.root(), self.root_key),
                "targets": sign(targets(), self.targets_key),
            },
            1,
        )

    def with_snapshot(
        self, files: dict[str, bytes], version: int, **others: bytes
    ) -> dict[str, bytes]:
        """Add a snapshot over the files and others, unless the server makes it."""
        if self.snapshot_key is not None:
            return files
        signed = snapshot(version, {**others, **files})
        return {**files, "snapshot": sign(signed, self.own_snapshot_key)}
