"""What the program is doing and waiting for, each with its stack.

Go has goroutines; here these are threads, coroutines that wait, and delayed calls.
Functions, files and lines are shown, never a value: it could be a secret.
"""

import gc
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from types import CoroutineType, FunctionType, GeneratorType, MethodType
from typing import Any

from attrs import frozen
from twisted.internet.interfaces import IReactorTime

from notary.debug.profile import Kind, Profile
from notary.debug.stacks import Place, Stack, place_in, place_of, stack_of

_COUNT = Kind("goroutine", "count")


@frozen
class Activity:
    """One thread, coroutine or delayed call: what it is, and where."""

    kind: str
    name: str
    stack: Stack


def activities(reactor: IReactorTime) -> list[Activity]:
    """Return what there is now; to be called by the reactor."""
    return [*_threads(), *_coroutines(), *_delayed_calls(reactor)]


def as_profile(found: Sequence[Activity]) -> Profile:
    """Return how many activities have each stack."""
    counts = Counter(each.stack for each in found)
    samples = {stack: [count] for stack, count in counts.items()}
    return Profile((_COUNT,), samples, _COUNT, 1, time.time_ns(), 0)


def _threads() -> Iterator[Activity]:
    names = {each.ident: each.name for each in threading.enumerate()}
    for ident, frame in sys._current_frames().items():
        yield Activity("thread", names.get(ident, "?"), stack_of(frame))


def _coroutines() -> Iterator[Activity]:
    suspended: list[CoroutineType[Any, Any, Any]] = [
        each
        for each in gc.get_objects()
        if type(each) is CoroutineType and each.cr_await is not None
    ]
    awaited = {id(each.cr_await) for each in suspended}
    for each in suspended:
        if id(each) not in awaited:
            yield Activity("coroutine", each.__qualname__, tuple(_awaiting(each))[::-1])


def _awaiting(outermost: object) -> Iterator[Place]:
    waiting = outermost
    while True:
        if isinstance(waiting, CoroutineType):
            frame, waiting = waiting.cr_frame, waiting.cr_await
        elif isinstance(waiting, GeneratorType):
            frame, waiting = waiting.gi_frame, waiting.gi_yieldfrom
        else:
            return
        if frame is not None:
            yield place_of(frame)


def _delayed_calls(reactor: IReactorTime) -> Iterator[Activity]:
    for call in reactor.getDelayedCalls():
        place = _place_of_function(getattr(call, "func", None))
        seconds = call.getTime() - reactor.seconds()
        yield Activity("delayed call", f"in {seconds:.1f} s", (place,))


def _place_of_function(called: object) -> Place:
    while isinstance(called, partial):
        called = called.func
    if isinstance(called, FunctionType | MethodType):
        return place_in(called.__code__, called.__module__, None)
    kind = type(called)
    return Place(f"{kind.__module__}.{kind.__qualname__}", "?", 0, 0)
