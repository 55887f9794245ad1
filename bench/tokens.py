"""A token server's key, and the settings by which both servers know it."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import Encoding

from tests.publisher import certificate, ecdsa_key

_ISSUER, _SERVICE = "bench issuer", "bench"
_DAY = timedelta(days=1)


class Tokens:
    """Makes tokens that both servers accept."""

    def __init__(self, folder: Path) -> None:
        now = datetime.now(UTC)
        self._key = ecdsa_key().private
        self._certificate = certificate(
            self._key, _ISSUER, not_before=now - _DAY, not_after=now + _DAY
        )
        bundle = folder / "tokens.crt"
        bundle.write_bytes(self._certificate.public_bytes(Encoding.PEM))
        self.settings = {
            "type": "token",
            "options": {
                "realm": "https://localhost/token",
                "service": _SERVICE,
                "issuer": _ISSUER,
                "rootcertbundle": str(bundle),
            },
        }

    def pull(self, gun: str) -> str:
        """Return a token that lets its bearer read one repository."""
        return self.token(gun, "pull")

    def token(self, gun: str, *actions: str) -> str:
        """Return a token that is good for this in one repository, for a day."""
        now = datetime.now(UTC)
        claims: dict[str, Any] = {
            "iss": _ISSUER,
            "aud": _SERVICE,
            "sub": "reader",
            "jti": "bench",
            "nbf": now - _DAY,
            "iat": now,
            "exp": now + _DAY,
            "access": [{"type": "repository", "name": gun, "actions": list(actions)}],
        }
        chain = [base64.b64encode(self._certificate.public_bytes(Encoding.DER))]
        return jwt.encode(
            claims,
            self._key,
            algorithm="ES256",
            headers={"x5c": [each.decode() for each in chain]},
        )
