"""SQLite files that are opened on the reactor and closed after the test."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from notary.storage.database import Database
from notary.storage.sqlite import open_sqlite


@pytest.fixture
def open_database(run: Callable[..., Any], tmp_path: Any) -> Iterator[Any]:
    """Open the test's one SQLite file, as often as it is called."""
    opened: list[Database] = []

    async def open_it(options: dict[str, Any]) -> Database:
        opened.append(open_sqlite(tmp_path / "notary.db", **options))
        return opened[-1]

    yield lambda **options: run(open_it(options))
    for database in opened:
        run(database.close())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "notary.db"


@pytest.fixture
def other(path):
    """A connection of somebody else to the same file."""
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()
