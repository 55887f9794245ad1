"""Fixtures: databases on the session's MariaDB, opened as the program opens them.

``mysql_places`` are the two databases of the session, made once and emptied before
each test that asks; ``open_mysql_database`` opens the server's, and closes it.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from attrs import evolve, frozen

from notary.settings.dsn import DSN, parse_dsn
from notary.storage.database import Database
from notary.storage.migrate import bootstrap
from notary.storage.migrations import SERVER, SIGNER
from notary.storage.mysql import open_mysql
from tests.mariadb import MariaDB, Place

_TABLES = {"server": ("tuf_files", "changefeed"), "signer": ("private_keys",)}


@frozen
class Places:
    """The database of a notary-server and that of a notary-signer."""

    server: Place
    signer: Place

    def empty(self) -> None:
        """Delete all rows that the programs make."""
        for name, tables in _TABLES.items():
            getattr(self, name).run(*(f"DELETE FROM {table}" for table in tables))


def make_places(server: MariaDB) -> Places:
    """Make both databases on a server."""
    places = Places(server.create_database(), server.create_database())
    for place, schema in ((places.server, SERVER), (places.signer, SIGNER)):
        with closing(place.connect()) as connection:
            bootstrap(connection, schema)
    return places


def dsn_of(place: Place, query: str = "") -> DSN:
    """Return how the user who may not change tables reaches the database."""
    return parse_dsn(place.plain().dsn + query)


@pytest.fixture(scope="session")
def session_places(mariadb_server: MariaDB) -> Places:
    return make_places(mariadb_server)


@pytest.fixture
def mysql_places(session_places: Places) -> Places:
    session_places.empty()
    return session_places


@pytest.fixture(scope="module")
def own_places(own_mariadb: MariaDB) -> Places:
    return make_places(own_mariadb)


@pytest.fixture
def own_place(own_places: Places) -> Place:
    """The database of a notary-server on the module's own MariaDB."""
    own_places.empty()
    return own_places.server


@pytest.fixture
def open_dsn(run: Callable[..., Any], reactor_thread: Any) -> Iterator[Any]:
    """Open a database by its DSN, as often as it is called."""
    opened: list[Database] = []

    async def open_it(dsn: DSN, options: dict[str, Any]) -> Database:
        opened.append(open_mysql(dsn, reactor_thread, **options))
        return opened[-1]

    yield lambda dsn, **options: run(open_it(dsn, options))
    for database in opened:
        run(database.close())


@pytest.fixture
def open_mysql_database(open_dsn: Any, mysql_places: Places) -> Any:
    """Open the server's database, as often as it is called."""
    return lambda **options: open_dsn(dsn_of(mysql_places.server), **options)


@pytest.fixture
def open_mysql_keys(open_dsn: Any, mysql_places: Places) -> Any:
    """Open the signer's database, as often as it is called."""
    return lambda **options: open_dsn(dsn_of(mysql_places.signer), **options)


def on_other_port(place: Place, port: int) -> Place:
    """Return the same database behind another port."""
    return evolve(place, port=port)
