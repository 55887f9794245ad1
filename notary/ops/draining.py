"""Which requests and connections a stopping listener still waits for, and how long.

Listening, and closing what is left at the end, is the business of
``notary.ops.listening``.
"""

from collections.abc import Collection
from typing import Any, Protocol

from twisted.internet.defer import TimeoutError as TooLate
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

IDLE_SECONDS = 1
NEW_SECONDS = 5
"""A new connection is one on which nothing has been asked yet."""

_STEP_SECONDS = 0.05


class Request(Protocol):
    """A request that is not answered yet."""

    def make_last(self) -> None:
        """Close the connection after the answer."""


class Drainable(Protocol):
    """A site that knows its requests, from their first line to their last byte.

    Its connections know whether they ``was_used``: whether anything was ever asked.
    """

    in_flight: set[Request]
    is_ending: bool
    """Whether every connection ends with its next answer."""


class InFlight:
    """Waits for the requests of a site."""

    def __init__(self, site: Drainable) -> None:
        self._site = site

    async def last_requests(
        self, connections: Collection[Any], clock: IReactorTime
    ) -> None:
        """Let every connection end with its next answer, and return soon.

        Those that wait for a request are given a moment: it may be on its way.
        """
        self._site.is_ending = True
        for request in self._site.in_flight:
            request.make_last()
        begun = clock.seconds()
        while _are_worth_waiting(connections, clock.seconds() - begun):
            await deferLater(clock, _STEP_SECONDS)

    async def none_left(self, clock: IReactorTime, seconds: float) -> None:
        """Return when no request is in flight; raise ``TooLate`` after the limit."""
        end = clock.seconds() + seconds
        while self._site.in_flight:
            if clock.seconds() > end:
                raise TooLate
            await deferLater(clock, _STEP_SECONDS)


def _are_worth_waiting(connections: Collection[Any], seconds: float) -> bool:
    if seconds < IDLE_SECONDS:
        return bool(connections)
    return seconds < NEW_SECONDS and any(
        not each.wrappedProtocol.was_used for each in connections
    )
