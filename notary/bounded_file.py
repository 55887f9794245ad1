"""Reading a file no further than an honest one goes, whatever kind of file it is."""

import os
from pathlib import Path


class Unreadable(Exception):
    """A file cannot be read, or is too large; the message is one line that names it."""


def bounded_file(path: Path, limit: int) -> bytes:
    """Return what is in the file, or raise ``Unreadable`` in the words of Go."""
    try:
        # A pipe without a writer would be waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            content = file.read(limit + 1) or b""
    except OSError as error:
        reason = (error.strerror or "failed").lower()
        raise Unreadable(f"open {path}: {reason}") from None
    if len(content) > limit:
        raise Unreadable(f"{path} is larger than {limit} bytes")
    return content
