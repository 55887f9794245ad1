"""The storages on which everything recorded is replayed."""

from collections.abc import Iterator

import pytest

from notary.signing.keystore import MemoryKeyStore
from notary.storage.memory import MemoryStore
from notary.storage.sql import SQLStore
from notary.storage.sql_keys import SQLKeyStore
from notary.storage.sqlite import open_sqlite
from tests.compat.server import ReplayStorage


@pytest.fixture
def memory() -> ReplayStorage:
    return ReplayStorage(MemoryStore(), MemoryKeyStore())


@pytest.fixture
def sqlite(run, tmp_path) -> Iterator[ReplayStorage]:
    database = open_sqlite(tmp_path / "notary.db")
    yield ReplayStorage(SQLStore(database), SQLKeyStore(database))
    run(database.close())


@pytest.fixture
def mysql(open_mysql_database, open_mysql_keys, mysql_places) -> ReplayStorage:
    # Changes are numbered from 1 again, as in a new database.
    mysql_places.server.run("ALTER TABLE changefeed AUTO_INCREMENT = 1")
    return ReplayStorage(
        SQLStore(open_mysql_database()), SQLKeyStore(open_mysql_keys())
    )


@pytest.fixture(params=["memory", "sqlite", "mysql"])
def storage(request) -> ReplayStorage:
    """Each storage in turn."""
    return request.getfixturevalue(request.param)
