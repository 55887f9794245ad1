"""What the tests of migrations share: recorded databases, and the two questions."""

from contextlib import closing

import pytest

from notary.storage.migrate import bootstrap, check
from notary.storage.migrations import SERVER, SIGNER, Schema
from tests.mariadb import MariaDB, Place
from tests.recorded import DATA

BOTH = pytest.mark.parametrize("schema", [SERVER, SIGNER], ids=lambda one: one.program)
VERSION = "SELECT * FROM schema_migrations"

_DUMPS = {"notary-server": "notaryserver.sql", "notary-signer": "notarysigner.sql"}


def recorded(server: MariaDB, schema: Schema) -> Place:
    """Load the database that the Go program of the schema wrote."""
    loaded = server.create_database()
    server.load(loaded, DATA / "sql" / _DUMPS[schema.program])
    return loaded


def bootstrapped(place: Place, schema: Schema) -> str:
    """Make or upgrade the schema; return what is said about it."""
    with closing(place.connect()) as connected:
        return bootstrap(connected, schema)


def problem(place: Place, schema: Schema) -> str | None:
    """Return what a server would say at its start."""
    with closing(place.connect()) as connected:
        return check(connected, schema)


def wait_for_statement(place: Place, beginning: str) -> None:
    """Return when the server runs such a statement."""
    running = (
        "SELECT 1 FROM information_schema.processlist"
        f" WHERE db = '{place.name}' AND info LIKE '{beginning}%'"
    )
    for _ in range(3000):
        if place.run(running):
            return
    raise AssertionError(f"no {beginning} was run")
