"""Base64url as JOSE writes it: without padding, which is read all the same."""

import base64
import binascii
import re

_DIGITS = re.compile(r"[A-Za-z0-9_-]*={0,2}")


def encode(data: bytes) -> str:
    """Return the text for these bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes | None:
    """Return the bytes, or ``None`` for what is no base64url."""
    if not _DIGITS.fullmatch(text):
        return None
    digits = text.rstrip("=")
    try:
        return base64.urlsafe_b64decode(digits + "=" * (-len(digits) % 4))
    except binascii.Error:
        return None
