"""Reading a file no further than an honest one goes, whatever kind of file it is."""

import os
from pathlib import Path
from typing import BinaryIO


class Unreadable(Exception):
    """A file cannot be read, or is too large; the message is one line that names it."""


def bounded_file(path: Path, limit: int) -> bytes:
    """Return what is in the file, or raise ``Unreadable`` in the words of Go."""
    try:
        with opened(path) as file:
            content = file.read(limit + 1) or b""
    except OSError as error:
        reason = (error.strerror or "failed").lower()
        raise Unreadable(f"open {path}: {reason}") from None
    if len(content) > limit:
        raise Unreadable(f"{path} is larger than {limit} bytes")
    return content


def opened(path: Path) -> BinaryIO:
    """Return the file, open for reading, without waiting; raise ``OSError``."""
    return open(path, "rb", opener=_without_waiting)


def _without_waiting(path: str, flags: int) -> int:
    # A pipe without a writer would be waited for.
    return os.open(path, flags | os.O_NONBLOCK)
