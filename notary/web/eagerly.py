"""Work that begins at once, and costs little if nothing has to be waited for."""

from collections.abc import Callable, Coroutine, Generator
from contextvars import copy_context
from typing import Any, Generic, TypeVar, cast

from attrs import frozen
from twisted.internet.defer import Deferred

T = TypeVar("T")


@frozen
class Later(Generic[T]):
    """Something to wait for, and what makes a value of it, or the work that does so."""

    awaited: Deferred[Any]
    then: Callable[[Any], T | Coroutine[Any, Any, T]]


def begin(work: Coroutine[Any, Any, T]) -> T | Deferred[T]:
    """Return the outcome if there is one at once, or else where it will be.

    What the work sets of the context is seen by the work alone.
    """
    context = copy_context()
    try:
        awaited = context.run(work.send, None)
    except StopIteration as done:
        return cast(T, done.value)
    return context.run(Deferred.fromCoroutine, _rest(awaited, work))


def _rest(
    awaited: Deferred[Any], work: Coroutine[Any, Any, T]
) -> Generator[Deferred[Any], Any, T]:
    """Do the work from the point on where it waits for the first time."""
    try:
        while True:
            try:
                value = yield awaited
            except BaseException as error:
                awaited = work.throw(error)
            else:
                awaited = work.send(value)
    except StopIteration as done:
        return cast(T, done.value)
