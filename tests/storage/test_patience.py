"""How long a failed transaction is repeated, and what the log says of statements."""

import random

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import LogLevel, formatEvent, globalLogPublisher

from notary.storage.observing import log_query
from notary.storage.patience import LONGEST_SECONDS, Patience


@given(seed=st.integers(), seconds=st.floats(0.1, 60))
def test_pauses_are_short_and_end_with_the_deadline(seed, seconds):
    clock = Clock()
    patience = Patience(seconds, clock, random.Random(seed))
    begun, retries, outcome = patience.begun(), 0, True
    while outcome:
        waiting = Deferred.fromCoroutine(patience.pause(begun, retries))
        before = clock.seconds()
        for call in clock.getDelayedCalls():
            clock.advance(call.getTime() - clock.seconds())
        results = []
        waiting.addCallback(results.append)
        (outcome,) = results
        assert clock.seconds() - before <= LONGEST_SECONDS
        retries += 1
    assert clock.seconds() <= seconds
    assert retries > seconds / LONGEST_SECONDS


def test_without_time_nothing_is_repeated():
    waiting = Deferred.fromCoroutine(Patience(-1.0, Clock()).pause(0.0, 0))
    results = []
    waiting.addCallback(results.append)
    assert results == [False]


def test_the_log_names_the_statement_and_no_value():
    events = []
    globalLogPublisher.addObserver(events.append)
    try:
        log_query("newest", 0.0123, None, 0)
        log_query("read", 0.5, "1213 LOCK_DEADLOCK", 2)
    finally:
        globalLogPublisher.removeObserver(events.append)
    ours = [one for one in events if one.get("log_namespace", "").endswith("observing")]
    assert {event["log_level"] for event in ours} == {LogLevel.debug}
    assert [formatEvent(event) for event in ours] == [
        "sql newest 12.3 ms",
        "sql read 500.0 ms failed: 1213 LOCK_DEADLOCK (retry 2)",
    ]
