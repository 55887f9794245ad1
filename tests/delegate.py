"""A delegate of the real client: a key, and the certificate that it is added by."""

from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tests import publisher


def delegate_pair(folder: Path) -> tuple[Path, Path]:
    """Write a new certificate and its key; return both files."""
    plain = publisher.ecdsa_key()
    now = datetime.now(UTC)
    made = publisher.certificate(
        plain.private, "delegate", not_before=now, not_after=now.replace(year=2036)
    )
    certificate, key = folder / "delegate.crt", folder / "delegate.key"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    key.write_bytes(
        plain.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return certificate, key
