"""The reactor that twistd has chosen: its clock, and how long threads wait for it."""

import sys
import time
from datetime import UTC, datetime

import pytest
from twisted.internet.selectreactor import SelectReactor

from notary.ops.reactor import SWITCH_SECONDS, prepared


@pytest.fixture(autouse=True)
def _as_it_was():
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def test_delayed_calls_do_not_depend_on_the_time_of_day():
    reactor = prepared(SelectReactor())
    call = reactor.callLater(60, print)
    assert 0 < call.getTime() - time.monotonic() <= 60
    assert abs(call.getTime() - datetime.now(UTC).timestamp()) > 3600
    call.cancel()


def test_a_reactor_that_runs_keeps_its_clock():
    reactor = SelectReactor()
    reactor.running, before = True, reactor.seconds
    assert prepared(reactor).seconds is before


def test_threads_do_not_wait_long_for_a_reactor_that_works():
    prepared(SelectReactor())
    assert sys.getswitchinterval() == pytest.approx(SWITCH_SECONDS)
