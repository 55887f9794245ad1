"""Reading the files that hold keys, each in full, whatever kind of file it is."""

import os
from pathlib import Path

MAX_BYTES = 1024 * 1024


class KeysError(ValueError):
    """The keys of an issuer cannot be read; the message is one line that says why."""


def read(path: Path) -> bytes:
    """Return what is in the file, or raise ``KeysError`` in the words of Go."""
    try:
        # A pipe without a writer would be waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            content = file.read(MAX_BYTES + 1) or b""
    except OSError as error:
        reason = (error.strerror or "failed").lower()
        raise KeysError(f"open {path}: {reason}") from None
    if len(content) > MAX_BYTES:
        raise KeysError(f"{path} is larger than {MAX_BYTES} bytes")
    return content
