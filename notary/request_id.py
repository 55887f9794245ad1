"""The id by which one request is known in the logs of the server and of the signer.

Whatever is logged, or asked of a signer, while a request is answered carries it.
"""

import os
import re
from collections.abc import Iterable
from contextvars import ContextVar

HEADER = "X-Request-Id"
FIELD = "http.request.id"

CURRENT: ContextVar[str] = ContextVar("request_id", default="")
"""That of the request that this coroutine or thread works for; empty for none."""

_HARMLESS = re.compile(r"[A-Za-z0-9._-]{1,128}")


def identify(given: Iterable[bytes | str]) -> str:
    """Return the first id that was given if it is harmless, or else a new one."""
    for first in given:
        text = first.decode("latin-1") if isinstance(first, bytes) else first
        if _HARMLESS.fullmatch(text):
            return text
        break
    return _random()


def _random() -> str:
    """Return a UUID of version 4, made without the objects of that module."""
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return (
        f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}"
        f"-{variant}{digits[17:20]}-{digits[20:]}"
    )
