import time
from datetime import UTC, datetime

from twisted.internet.selectreactor import SelectReactor

from notary.ops.reactor import unmoved


def test_delayed_calls_do_not_depend_on_the_time_of_day():
    reactor = unmoved(SelectReactor())
    call = reactor.callLater(60, print)
    assert 0 < call.getTime() - time.monotonic() <= 60
    assert abs(call.getTime() - datetime.now(UTC).timestamp()) > 3600
    call.cancel()


def test_a_reactor_that_runs_keeps_its_clock():
    reactor = SelectReactor()
    reactor.running, before = True, reactor.seconds
    assert unmoved(reactor).seconds is before
