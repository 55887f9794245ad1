"""What the error numbers of MySQL, MariaDB and Galera mean to a transaction.

Numbers and their names may be told; the texts of the server hold values, and
those of the driver hosts, so they never are.
"""

from pymysql import MySQLError
from pymysql.constants import CR, ER

from notary.storage.dialect import Duplicate, Transient
from notary.storage.store import StorageError

DUPLICATES = frozenset({1022, 1062, 1586})
"""A unique index refused a row."""

LOST = frozenset({0, 2006, 2013, 2014, 2055, 4031, 1152, 1927, 3169}) | frozenset(
    range(1158, 1162)
)
"""The connection is of no use any more."""

USELESS = frozenset({1047, 1053, 1290, 1836})
"""The server is: not ready (Galera), shutting down, or read-only."""

REPEATABLE = frozenset({1020, 1180, 1205, 1213, 1317, 1412, 1969, 3024})
"""Deadlock (of Galera, too), lock timeout, or the statement was interrupted."""

_NAMES = {
    code: name
    for names in (CR, ER)
    for name, code in vars(names).items()
    if isinstance(code, int) and not name.endswith(("_FIRST", "_LAST"))
}
_NAMES |= {1047: "not ready", 1927: "CONNECTION_KILLED", 4031: "CLIENT_INACTIVE"}


class CommitFailed(Exception):
    """A commit failed with this number; it may have happened all the same."""


class ConnectFailed(Exception):
    """No server could be reached; this is the number of the last failure."""


class TooLarge(Exception):
    """The server takes no statement of more than so many bytes."""


ERRORS: tuple[type[Exception], ...] = (
    MySQLError,
    CommitFailed,
    ConnectFailed,
    TooLarge,
)


def code_of(error: Exception) -> int:
    """Return the number of an error; of one without a number, 0."""
    code = error.args[0] if error.args else 0
    return code if isinstance(code, int) else 0


def kind_of(error: Exception) -> str:
    """Return the error's number, with its name if that is known."""
    if isinstance(error, TooLarge):
        return "max_allowed_packet"
    code = code_of(error)
    name = _NAMES.get(code)
    if code == 0:
        return type(error).__name__
    return f"{code} {name}" if name else str(code)


def translated(error: Exception) -> Duplicate | StorageError:
    """Return what the error means to the caller of a transaction."""
    kind, code = kind_of(error), code_of(error)
    if isinstance(error, TooLarge):
        return StorageError(
            "a file is too large for the database, whose max_allowed_packet"
            f" is {code} bytes"
        )
    if isinstance(error, ConnectFailed):
        return StorageError(f"the database cannot be reached: {kind}")
    if isinstance(error, CommitFailed):
        return Transient(f"the database failed to commit: {kind}", in_doubt=True)
    if code in DUPLICATES:
        return Duplicate()
    if code in LOST | USELESS | REPEATABLE:
        return Transient(f"the database failed: {kind}")
    return StorageError(f"the database failed: {kind}")
