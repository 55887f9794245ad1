"""What is told about each statement and transaction: its name, time and outcome.

Values of parameters are never told. Counting is left to whoever observes.
"""

from typing import Protocol

from twisted.logger import Logger

_log = Logger()


class QueryObserver(Protocol):
    """Called, from any thread, after each statement and each transaction.

    Statements have the names of ``statements`` in lower case, transactions are
    ``read`` and ``write``. ``error`` is the database's name for it, ``retries`` how
    often the transaction had failed before.
    """

    def __call__(
        self, name: str, seconds: float, error: str | None, retries: int
    ) -> None:
        """Take note; must not raise."""


def log_query(name: str, seconds: float, error: str | None, retries: int) -> None:
    """Log it at level debug."""
    _log.debug(
        "sql {name} {milliseconds:.1f} ms{failure}{repetition}",
        name=name,
        milliseconds=seconds * 1000,
        failure=f" failed: {error}" if error else "",
        repetition=f" (retry {retries})" if retries else "",
    )
