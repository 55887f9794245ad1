"""What a worker does for the process that started it, and asks of it.

It ends in order when that process is gone. What all workers do together is in
``notary.ops.workers``.
"""

import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as TooLate
from twisted.logger import Logger

from notary.ops.reactor import Reactor
from notary.ops.worker_channel import Channel, Unanswered, connect
from notary.ops.worker_pages import labelled
from notary.ops.worker_seat import PING, SERVING

PAGE_SECONDS = 4
SERVING_SECONDS = 10

_log = Logger()


class Duties(Protocol):
    """What a worker can be told to do."""

    def page(self) -> bytes:
        """Return its own metrics."""

    def reload(self) -> None:
        """Read again what can change."""

    def set_level(self, level: str) -> object:
        """Log from this level on."""

    def hear(self, others: Mapping[str, str]) -> Mapping[str, str]:
        """Take note of what others lack; return what this one does."""

    def stop(self) -> None:
        """End in order."""


class Member(Service):
    """A worker's end of the line, from the moment when it serves."""

    def __init__(self, reactor: Reactor, number: int, line: socket.socket) -> None:
        self.number = number
        self._reactor = reactor
        self._line = line
        self._duties: Duties
        self._channel: Channel | None = None

    def take(self, duties: Duties) -> None:
        """Do this from now on; to be called once, before the start."""
        self._duties = duties

    def startService(self) -> None:  # noqa: N802
        """Tell that it serves as soon as it does."""
        self.running = True
        self._reactor.callWhenRunning(self._begin)

    async def whole_page(self) -> bytes:
        """Return the metrics of all workers, or of this one if nobody knows others'."""
        try:
            page = await self._ask(PAGE_SECONDS, "page")
        except (Unanswered, TooLate):
            return labelled(self._duties.page(), self.number)
        return str(page).encode("utf-8")

    def _begin(self) -> None:
        answers = {
            PING: _soon(self._duties.hear),
            "level": _soon(self._duties.set_level),
            "page": _soon(lambda _: self._duties.page().decode("utf-8")),
            "reload": _soon(self._reload),
        }
        self._channel = Channel(answers, self._left_alone)
        connect(self._reactor, self._line, self._channel)
        Deferred.fromCoroutine(self._tell_that_it_serves())

    async def _tell_that_it_serves(self) -> None:
        try:
            await self._ask(SERVING_SECONDS, SERVING)
        except (Unanswered, TooLate):
            self._left_alone()

    async def _ask(self, seconds: float, what: str) -> object:
        if self._channel is None:
            raise Unanswered(what)
        return await self._channel.ask(self._reactor, seconds, what)

    def _reload(self, _said: object) -> bool:
        self._duties.reload()
        return True

    def _left_alone(self) -> None:
        if self.running:
            self.running = False
            _log.error("the process that started this worker is gone: it ends, too")
            self._duties.stop()


def _soon(answer: Callable[..., object]) -> Callable[..., Awaitable[object]]:
    async def answered(said: object) -> object:
        return answer(said)

    return answered
