"""A debug server in this process, and the client for it."""

import pytest
from attrs import field, frozen
from twisted.internet.defer import maybeDeferred
from twisted.internet.threads import blockingCallFromThread

from notary.debug.server import DebugServer
from notary.web.status import Status
from tests.running import free_port
from tests.web.serving import Client


@frozen
class Known:
    """What a program knows of itself."""

    failed: dict[str, str] = field(factory=dict)
    problems: dict[str, str] = field(factory=dict)
    can_read: bool = True
    can_write: bool = True


@pytest.fixture
def known():
    """What is known, for tests to change."""
    return Known()


@pytest.fixture
def debug(reactor_thread, known):
    """A client of a running debug server with one metric."""
    port = free_port()
    page = b'# TYPE a counter\na_total{b="c"} 3.0\n'
    status = Status(known, lambda: page)
    server = DebugServer(reactor_thread, status, port)
    server.privilegedStartService()
    blockingCallFromThread(reactor_thread, server.startService)
    yield Client(port)
    blockingCallFromThread(reactor_thread, maybeDeferred, server.stopService)
