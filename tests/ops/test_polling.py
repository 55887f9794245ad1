"""Events that are handled without a context for the old log."""

import socket

import pytest
from twisted.internet import epollreactor
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.selectreactor import SelectReactor
from twisted.logger import capturedLogs
from twisted.python.context import get
from twisted.python.log import ILogContext

from notary.ops.polling import poll_plainly

SECONDS = 20
TURNS = 2000


class Echo(Protocol):
    """Says what it hears, with the log's context; fails at the end if asked to."""

    def dataReceived(self, data):  # noqa: N802 -- Twisted's name
        self.heard = data
        self.transport.write(data + str(get(ILogContext)).encode())

    def connectionLost(self, reason):  # noqa: N802
        if self.heard == b"fail":
            raise ValueError("no more")


@pytest.fixture
def reactor():
    reactor = epollreactor.EPollReactor()
    poll_plainly(reactor)
    yield reactor
    reactor.removeAll()
    reactor.fireSystemEvent("shutdown")


@pytest.fixture
def port(reactor):
    listening = reactor.listenTCP(0, Factory.forProtocol(Echo), interface="127.0.0.1")
    yield listening.getHost().port
    listening.stopListening()
    reactor.iterate(0.01)


def spoken(reactor, port, data):
    """Return what is answered, and hang up."""
    with socket.create_connection(("127.0.0.1", port), SECONDS) as connection:
        connection.sendall(data)
        connection.settimeout(0.01)
        for _ in range(TURNS):
            reactor.iterate(0.01)
            try:
                return connection.recv(1000)
            except TimeoutError:
                continue
    raise AssertionError("no answer")


def test_connections_are_served_without_a_context(reactor, port):
    said = spoken(reactor, port, b"hello")
    assert said.startswith(b"hello")
    assert b"Echo" not in said


def test_an_error_at_the_end_of_one_connection_is_logged_and_harms_no_other(
    reactor, port
):
    spoken(reactor, port, b"fail")
    with capturedLogs() as logged:
        assert spoken(reactor, port, b"hello").startswith(b"hello")
    failures = [each["log_failure"] for each in logged if "log_failure" in each]
    assert [failure.type for failure in failures] == [ValueError]


def test_another_kind_of_reactor_is_left_as_it_is():
    reactor = SelectReactor()
    before = reactor.doIteration
    poll_plainly(reactor)
    assert reactor.doIteration == before
