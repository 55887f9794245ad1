"""Reading the files that hold keys, each in full."""

from pathlib import Path

from notary.bounded_file import Unreadable, bounded_file

MAX_BYTES = 1024 * 1024


class KeysError(ValueError):
    """The keys of an issuer cannot be read; the message is one line that says why."""


def read(path: Path) -> bytes:
    """Return what is in the file, or raise ``KeysError``."""
    try:
        return bounded_file(path, MAX_BYTES)
    except Unreadable as error:
        raise KeysError(str(error)) from None
