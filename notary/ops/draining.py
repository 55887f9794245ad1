"""Which requests and connections a stopping listener still waits for, and how long.

Listening, and closing what is left at the end, is the business of
``notary.ops.listening``.
"""

from collections.abc import Callable, Collection
from typing import Any, cast
from weakref import WeakSet

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.web.http import Request
from twisted.web.server import Site

IDLE_SECONDS = 1
NEW_SECONDS = 5
"""A new connection is one on which nothing has been asked yet."""

_STEP_SECONDS = 0.05
_CLOSE = b"close"


class InFlight:
    """Counts the requests of a site, from their first line to their last byte."""

    def __init__(self, site: Site) -> None:
        self._requests: set[Request] = set()
        self._waiting: list[Deferred[None]] = []
        self._used: WeakSet[Any] = WeakSet()
        self._ending = False
        self._make_request = cast(Callable[..., Request], site.requestFactory)
        site.requestFactory = cast(Any, self._counted)

    async def last_requests(
        self, connections: Collection[object], clock: IReactorTime
    ) -> None:
        """Let every connection end with its next answer, and return soon.

        Those that wait for a request are given a moment: it may be on its way.
        """
        self._ending = True
        for request in self._requests:
            _make_last(request)
        begun = clock.seconds()
        while self._are_worth_waiting(connections, clock.seconds() - begun):
            await deferLater(clock, _STEP_SECONDS)

    async def none_left(self, clock: IReactorTime, seconds: float) -> None:
        """Return when no request is in flight; raise ``TooLate`` after the limit."""
        if self._requests:
            ended: Deferred[None] = Deferred()
            self._waiting.append(ended)
            await ended.addTimeout(seconds, clock)

    def _are_worth_waiting(
        self, connections: Collection[object], seconds: float
    ) -> bool:
        if seconds < IDLE_SECONDS:
            return bool(connections)
        return seconds < NEW_SECONDS and any(
            each not in self._used for each in connections
        )

    def _counted(self, channel: Any, *args: object) -> Request:  # noqa: ANN401
        request = self._make_request(channel, *args)
        self._used.add(channel.transport)
        self._requests.add(request)
        if self._ending:
            _make_last(request)
        request.notifyFinish().addBoth(self._ended, request)
        return request

    def _ended(self, _outcome: object, request: Request) -> None:
        self._requests.discard(request)
        while self._waiting and not self._requests:
            self._waiting.pop().callback(None)


def _make_last(request: Request) -> None:
    """Close the connection after the answer, and say so if that has not begun."""
    # What is read of the head later decides anew, unless the client asks for it, too.
    request.requestHeaders.setRawHeaders(b"connection", [_CLOSE])
    request.channel.persistent = False
    if not request.startedWriting:
        request.responseHeaders.setRawHeaders(b"connection", [_CLOSE])
