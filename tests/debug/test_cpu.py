"""Profiles of the processor."""

import sys
import threading
import time
from contextlib import contextmanager

import pytest

from notary.debug.cpu import Processor
from notary.debug.profile import encode
from tests.debug.reading import decoded, stacks

HERE = "tests.debug.test_cpu"


def burn(stop):
    while not stop.is_set():
        sum(range(100))


def burn_a_moment():
    sum(range(20_000))


def sleep(stop):
    stop.wait()


@contextmanager
def threads(*works):
    """Let threads work at something until the end of the block."""
    stop = threading.Event()
    started = [threading.Thread(target=work, args=(stop,)) for work in works]
    for each in started:
        each.start()
    try:
        yield
    finally:
        stop.set()
        for each in started:
            each.join()


def recorded(seconds, stop=None):
    """Return nanoseconds by stack, innermost first."""
    processor = Processor()
    processor.take_signal()
    profile = processor.record(seconds, stop or threading.Event())
    found = stacks(decoded(encode(profile, "prog")))
    return {stack: values[1] for stack, values in found.items()}


def used_by(name, found):
    return sum(used for stack, used in found.items() if f"{HERE}.{name}" in stack)


def test_who_works_is_seen_with_all_its_time_and_who_waits_is_not():
    with threads(burn, sleep):
        found = recorded(1)
    assert used_by("burn", found) > 0.9 * sum(found.values())
    assert used_by("burn", found) > 5 * 10**7
    assert used_by("sleep", found) < 10**7


def test_the_main_thread_is_seen_where_it_works_and_not_where_it_begins_to_wait():
    processor, stop = Processor(), threading.Event()
    processor.take_signal()

    def record(_):
        found.append(processor.record(1, threading.Event()))
        stop.set()

    found = []
    with threads(record):
        while not stop.is_set():
            burn_a_moment()
            time.sleep(0)
    used = stacks(decoded(encode(found[0], "prog")))
    times = {stack: values[1] for stack, values in used.items()}
    assert used_by("burn_a_moment", times) > 0.5 * sum(times.values())


def test_a_signal_that_others_have_taken_is_not_sent():
    processor = Processor()
    processor.take_signal()
    Processor().take_signal()
    with pytest.raises(RuntimeError, match="somebody else has taken SIGPROF"):
        processor.record(1, threading.Event())


def test_the_profile_itself_is_not_seen():
    assert used_by("recorded", recorded(0.2)) == 0


def test_a_profile_ends_at_once_when_told_to():
    stop = threading.Event()
    stop.set()
    assert recorded(3600, stop) == {}


def test_a_thread_that_ends_meanwhile_does_no_harm():
    short = [lambda stop: sum(range(200_000))] * 20
    with threads(burn, *short):
        assert recorded(0.3)


def test_nothing_stays_as_it_was_during_the_profile():
    before = sys.getswitchinterval(), threading.active_count()
    recorded(0.05)
    assert (sys.getswitchinterval(), threading.active_count()) == before
