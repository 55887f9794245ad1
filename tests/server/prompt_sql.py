"""A database in memory whose statements run at once, where they are asked for."""

import sqlite3
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred, maybeDeferred

from notary.storage import sqlite_schema
from notary.storage.database import Database
from notary.storage.sql import SQLStore
from notary.storage.sqlite import SQLiteDialect


@frozen
class _OneThread:
    """What looks to ``Database`` like a pool."""

    connection: sqlite3.Connection

    def runInteraction(self, interaction: Any) -> "Deferred[Any]":  # noqa: N802
        return maybeDeferred(self._run, interaction)

    def _run(self, interaction: Any) -> Any:
        with self.connection:
            return interaction(self.connection.cursor())

    def close(self) -> None:
        self.connection.close()


class PromptStore(SQLStore):
    """A new, empty store, to be closed."""

    def __init__(self) -> None:
        self._pool = _OneThread(sqlite3.connect(":memory:", isolation_level=None))
        sqlite_schema.bootstrap(self._pool.connection)
        super().__init__(Database(SQLiteDialect(), self._pool, self._pool))

    def close(self) -> None:
        """Let go of what is stored."""
        self._pool.close()
