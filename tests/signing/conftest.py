"""Key stores to test signers on, and a clock that stands still."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from notary.storage.database import Database
from notary.storage.sqlite import open_sqlite

NOW = datetime(2026, 11, 22, 10, 50, 3, tzinfo=UTC)


@pytest.fixture
def now() -> Callable[[], datetime]:
    return lambda: NOW


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
