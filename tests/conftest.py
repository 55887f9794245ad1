"""Fixtures of the whole suite: a running reactor for whatever needs one."""

import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from twisted.internet import reactor as global_reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread

from tests.mariadb import mariadb_server
from tests.mysql_databases import (
    mysql_places,
    open_dsn,
    open_mysql_database,
    open_mysql_keys,
    session_places,
)

__all__ = [
    "mariadb_server",
    "mysql_places",
    "open_dsn",
    "open_mysql_database",
    "open_mysql_keys",
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
