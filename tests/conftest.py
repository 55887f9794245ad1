"""Fixtures of the whole suite: a running reactor, and what many tests need with it."""

import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from twisted.internet import reactor as global_reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread
from twisted.logger import globalLogPublisher

from notary.storage.database import Database
from notary.storage.sqlite import open_sqlite
from tests.certificates import Authority
from tests.distribution import pytest_xdist_make_scheduler
from tests.mariadb import mariadb_server, own_mariadb
from tests.mysql_databases import (
    mysql_places,
    open_dsn,
    open_mysql_database,
    open_mysql_keys,
    own_place,
    own_places,
    session_places,
)

__all__ = [
    "mariadb_server",
    "mysql_places",
    "open_dsn",
    "open_mysql_database",
    "open_mysql_keys",
    "own_mariadb",
    "own_place",
    "own_places",
    "pytest_xdist_make_scheduler",
    "session_places",
]

LIMIT_SECONDS = 30


@pytest.fixture(scope="session")
def reactor_thread() -> Iterator[Any]:
    """The reactor, running in a thread of its own until the suite ends."""
    thread = threading.Thread(
        target=global_reactor.run, kwargs={"installSignalHandlers": False}
    )
    thread.start()
    yield global_reactor
    global_reactor.callFromThread(global_reactor.stop)
    thread.join(LIMIT_SECONDS)
    assert not thread.is_alive()


@pytest.fixture
def run(reactor_thread: Any) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a coroutine to its end on the reactor; return or raise what it does."""

    def run_it(coroutine: Coroutine[Any, Any, Any]) -> Any:
        return blockingCallFromThread(reactor_thread, _with_deadline, coroutine)

    def _with_deadline(coroutine: Coroutine[Any, Any, Any]) -> Deferred[Any]:
        deferred = Deferred.fromCoroutine(coroutine)
        return deferred.addTimeout(LIMIT_SECONDS, reactor_thread)

    return run_it


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


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that the programs of a module's tests trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def events(reactor_thread: Any) -> Iterator[list[dict[str, Any]]]:
    """Everything that is logged during the test, in order."""
    seen: list[dict[str, Any]] = []
    globalLogPublisher.addObserver(seen.append)
    yield seen
    globalLogPublisher.removeObserver(seen.append)
