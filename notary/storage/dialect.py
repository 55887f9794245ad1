"""What differs from one database to the next, in one small object for each."""

from typing import Protocol

from notary.storage.store import StorageError


class Duplicate(Exception):
    """A unique index refused a row."""


class Dialect(Protocol):
    """The ways of one database and its driver.

    ``begin_read`` and ``begin_write`` start a transaction; ``errors`` are all the
    exceptions the driver raises.
    """

    begin_read: str
    begin_write: str
    errors: tuple[type[Exception], ...]

    def adapt(self, sql: str) -> str:
        """Return the statement as the driver wants it, with its own parameters."""

    def translated(self, error: Exception) -> Duplicate | StorageError:
        """Return what the error means, without any value, path or address."""
