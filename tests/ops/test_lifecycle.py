"""How the parts of the program stop, and how long requests in flight may take."""

import pytest
from twisted.application.service import Application, IService
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as TooLate
from twisted.internet.error import ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import ILogObserver
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET
from zope.interface import directlyProvides

from notary.ops.draining import InFlight
from notary.ops.lifecycle import Closing, Program
from notary.settings.model import LimitsSettings
from notary.web.site import CONVENTIONS, APISite


def closing(name, closed, waiting=None):
    """A part that notes its name when it is closed, after what it waits for."""

    async def close():
        if waiting is not None:
            await waiting
        closed.append(name)

    return Closing(close)


def test_the_parts_stop_one_after_the_other_the_last_one_first():
    closed, listener_done = [], Deferred()
    program = Program(None)
    closing("database", closed).setServiceParent(program)
    closing("listener", closed, listener_done).setServiceParent(program)
    program.startService()
    stopped = program.stopService()
    assert closed == []
    listener_done.callback(None)
    assert closed == ["listener", "database"]
    assert stopped.called


def test_the_application_logs_to_the_observer_of_the_program():
    def observer(event):
        pass

    directlyProvides(observer, ILogObserver)
    application = Application("test")
    program = Program(observer)
    program.setServiceParent(application)
    assert application.getComponent(ILogObserver) is observer
    assert list(IService(application)) == [program]


class Slow(Resource):
    """Keeps each request until the test ends it."""

    isLeaf = True  # noqa: N815

    def __init__(self):
        super().__init__()
        self.requests = []

    def render(self, request):
        self.requests.append(request)
        return NOT_DONE_YET


def site_of(resource, clock):
    return APISite(resource, LimitsSettings(), clock, CONVENTIONS)


@pytest.fixture
def served():
    """A site with one request in flight: its counter, resource and connection."""
    slow, clock = Slow(), Clock()
    site = site_of(slow, clock)
    in_flight = InFlight(site)
    channel = site.buildProtocol(None)
    channel.makeConnection(StringTransport())
    channel.dataReceived(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert len(slow.requests) == 1
    return in_flight, slow, channel, clock


def none_left(in_flight, clock):
    return Deferred.fromCoroutine(in_flight.none_left(clock, 10))


def test_without_a_request_in_flight_nothing_is_waited_for():
    site = site_of(Resource(), Clock())
    assert none_left(InFlight(site), Clock()).called


def test_a_request_in_flight_is_waited_for_until_it_is_answered(served):
    in_flight, slow, _channel, clock = served
    waiting = none_left(in_flight, clock)
    clock.advance(9)
    assert not waiting.called
    slow.requests[0].finish()
    clock.advance(1)
    assert waiting.called
    assert waiting.result is None


def test_a_request_whose_client_is_gone_is_not_waited_for(served):
    in_flight, _slow, channel, clock = served
    waiting = none_left(in_flight, clock)
    channel.connectionLost(Failure(ConnectionLost()))
    clock.advance(1)
    assert waiting.called
    assert waiting.result is None


def test_a_request_that_takes_too_long_is_given_up(served):
    in_flight, _slow, _channel, clock = served
    failures = []
    none_left(in_flight, clock).addErrback(failures.append)
    clock.pump([1] * 12)
    assert failures[0].check(TooLate)
