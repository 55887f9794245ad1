"""Authorities and tokens of the tests: every part can be made wrong on purpose."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import define, field
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from notary.auth.access import Access, Unauthorized
from notary.auth.authenticator import TokenAuthenticator
from notary.auth.keyset import Issuer, KeySet

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ISSUER = "auth issuer"
SERVICE = "notary.example.com"
REALM = "https://auth.example.com/token"
GUN = "example.com/app"
PULL = (Access("repository", GUN, "pull"),)
_HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
AUTHORITY = x509.BasicConstraints(ca=True, path_length=None)


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(
    name: str,
    key: Any,
    issuer: "tuple[str, Any] | None" = None,
    *extensions: Any,
    starts: timedelta = timedelta(days=-1),
    ends: timedelta = timedelta(days=1),
) -> x509.Certificate:
    """Return a certificate, self-signed without an issuer (its name and key)."""
    by, signer = issuer or (name, key)
    builder = x509.CertificateBuilder(
        _name(by),
        _name(name),
        key.public_key(),
        x509.random_serial_number(),
        NOW + starts,
        NOW + ends,
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    is_edwards = isinstance(signer, ed25519.Ed25519PrivateKey)
    return builder.sign(signer, None if is_edwards else hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def x5c(*certificates: x509.Certificate) -> list[str]:
    ders = (item.public_bytes(Encoding.DER) for item in certificates)
    return [base64.b64encode(der).decode() for der in ders]


def claims(**changed: Any) -> dict[str, Any]:
    """Return the claims of a good token; a member changed to ``...`` is left out."""
    now = int(NOW.timestamp())
    access = [{"type": "repository", "name": GUN, "actions": ["pull"]}]
    good = {
        "iss": ISSUER,
        "sub": "alice",
        "aud": SERVICE,
        "exp": now + 300,
        "nbf": now - 10,
        "iat": now,
        "jti": "x",
        "access": access,
    }
    merged = {**good, **changed}
    return {name: value for name, value in merged.items() if value is not ...}


def token(key: Any, header: dict[str, Any], body: Any = None) -> str:
    """Return a signed token; a body of bytes is taken as it is."""
    alg = header.setdefault("alg", "EdDSA" if _is_edwards(key) else "ES256")
    raw = body if isinstance(body, bytes) else json.dumps(body or claims()).encode()
    signed = f"{part(json.dumps(header).encode())}.{part(raw)}"
    return f"{signed}.{part(sign(key, alg, signed.encode()))}"


def part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(key: Any, alg: str, data: bytes) -> bytes:
    if _is_edwards(key):
        return key.sign(data)
    digest = _HASHES.get(alg[2:], hashes.SHA256())
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), digest)
    size = (key.curve.key_size + 7) // 8
    numbers = decode_dss_signature(key.sign(data, ec.ECDSA(digest)))
    return b"".join(number.to_bytes(size, "big") for number in numbers)


def _is_edwards(key: Any) -> bool:
    return isinstance(key, ed25519.Ed25519PrivateKey)


@define
class Gate:
    """An authenticator with a clock to set and keys to change."""

    keys: KeySet
    others: dict[str, KeySet] = field(factory=dict)
    now: datetime = NOW
    reasons: list[str] = field(factory=list)
    authenticator: TokenAuthenticator = field(init=False)

    def __attrs_post_init__(self) -> None:
        issuers = [Issuer(name, lambda n=name: self.others[n]) for name in self.others]
        self.authenticator = TokenAuthenticator(
            realm=REALM,
            service=SERVICE,
            autoredirect=False,
            issuers=[Issuer(ISSUER, lambda: self.keys), *issuers],
            now=lambda: self.now,
            observer=self.reasons.append,
        )

    def admits(self, text: str, needed: Any = PULL) -> str:
        return self.authenticator.authenticate(f"Bearer {text}", needed, "localhost")

    def refusal(self, text: str, needed: Any = PULL) -> Unauthorized:
        """Return how a token is refused; the reason is the last of ``reasons``."""
        try:
            subject = self.admits(text, needed)
        except Unauthorized as error:
            return error
        raise AssertionError(f"{subject} was let in")

    def reason(self, text: str, needed: Any = PULL) -> str:
        self.refusal(text, needed)
        return self.reasons[-1]
