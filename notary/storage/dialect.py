"""What differs from one database to the next, in one small object for each."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any, Protocol

from notary.storage.store import StorageError


class Duplicate(Exception):
    """A unique index refused a row."""


class Transient(StorageError):
    """The transaction failed as a whole and may succeed when it is repeated.

    ``in_doubt`` is set if it may have been committed all the same.
    """

    def __init__(self, message: str, *, in_doubt: bool = False) -> None:
        super().__init__(message)
        self.in_doubt = in_doubt


class Cursor(Protocol):
    """The part of a DB-API cursor that is used."""

    def execute(self, sql: str, parameters: dict[str, object], /) -> object:
        """Run a statement."""

    @property
    def rowcount(self) -> int:
        """The number of rows that the last ``UPDATE`` found."""

    def fetchall(self) -> Iterable[tuple[Any, ...]]:
        """Return the remaining rows of the last statement."""


class Dialect(Protocol):
    """The ways of one database and its driver.

    ``begin_write`` starts a transaction; ``claim_gun`` and ``claim_key`` are
    statements, by name, that make all others that claim the same ``:name`` wait for
    its end; ``errors`` are all the exceptions the driver raises; times are the wall
    time of ``zone``.
    """

    begin_write: str
    claim_gun: Mapping[str, str]
    claim_key: Mapping[str, str]
    errors: tuple[type[Exception], ...]
    zone: tzinfo

    def adapt(self, sql: str) -> str:
        """Return the statement as the driver wants it, with its own parameters."""

    def can_hold(self, name: str) -> bool:
        """Tell whether a column for names has a place for this one."""

    def kind(self, error: Exception) -> str:
        """Return the database's name for the error, which tells no value."""

    def translated(self, error: Exception) -> Duplicate | StorageError:
        """Return what the error means, without any value, path or address."""
