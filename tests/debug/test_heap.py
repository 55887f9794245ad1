"""Profiles of memory."""

import threading
import tracemalloc

import pytest

from notary.debug.heap import record_heap
from notary.debug.profile import encode
from tests.debug.reading import decoded, stacks

HERE = "tests.debug.test_heap"
MEGABYTE = 2**20


@pytest.fixture
def kept():
    """A place for what is to stay in memory."""
    return []


class Allocating(threading.Event):
    """Calls a function when somebody begins to wait for it."""

    def __init__(self, allocate):
        super().__init__()
        self._allocate = allocate

    def wait(self, timeout=None):
        self._allocate()
        return True


def recorded(allocate):
    """Return objects and bytes by stack, of what is allocated while it records."""
    profile = record_heap(3600, Allocating(allocate))
    return stacks(decoded(encode(profile, "prog")))


def held_by(name, found):
    sizes = [size for stack, (_, size) in found.items() if stack[0] == f"{HERE}.{name}"]
    return sum(sizes)


def allocate_in(kept):
    def inner():
        kept.append(bytearray(MEGABYTE))
        bytearray(10 * MEGABYTE)

    return inner


def test_what_is_still_there_is_seen_in_the_function_that_made_it(kept):
    found = recorded(allocate_in(kept))
    assert MEGABYTE <= held_by("allocate_in.<locals>.inner", found) < 2 * MEGABYTE


def test_nothing_is_traced_afterwards(kept):
    recorded(allocate_in(kept))
    assert not tracemalloc.is_tracing()


def test_nothing_is_traced_after_a_failure_either():
    with pytest.raises(ZeroDivisionError):
        recorded(lambda: 1 / 0)
    assert not tracemalloc.is_tracing()


def test_what_was_traced_already_is_seen_and_goes_on_being_traced(kept):
    tracemalloc.start()
    try:
        allocate_in(kept)()
        profile = record_heap(0, threading.Event())
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()
    found = stacks(decoded(encode(profile, "prog")))
    assert held_by("allocate_in.<locals>.inner", found) >= MEGABYTE
    assert "since the program started" in profile.comment


def test_code_outside_of_functions_is_named_by_its_file(kept):
    source = f"kept.append(bytearray({MEGABYTE}))"
    code = compile(source, "/somewhere/told.py", "exec")
    found = recorded(lambda: exec(code, {"kept": kept}))
    assert [size for stack, (_, size) in found.items() if stack[0] == "told.<module>"]
