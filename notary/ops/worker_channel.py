"""The line between a worker and the process that started it: questions and answers.

A message is JSON behind its length. Either side may ask; what there is to ask is left
to ``notary.ops.worker_member`` and ``notary.ops.workers``.
"""

import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorSocket, IReactorTime
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.protocols.basic import Int32StringReceiver
from twisted.python.failure import Failure

MAX_MESSAGE = 32 * 1024 * 1024

Answers = Mapping[str, Callable[[Any], Awaitable[object]]]
"""What the other side may ask, by its name: each is given what was said with it."""

_log = Logger()


class Unanswered(Exception):
    """The other side has ended, or could not answer."""


class Channel(Int32StringReceiver):
    """One end of the line; ``lost`` is called when the other one is gone."""

    MAX_LENGTH = MAX_MESSAGE

    def __init__(self, answers: Answers, lost: Callable[[], None]) -> None:
        self._answers = answers
        self._lost = lost
        self._asked = 0
        self._waiting: dict[int, Deferred[Any]] = {}

    async def ask(
        self, clock: IReactorTime, seconds: float, what: str, said: object = None
    ) -> Any:  # noqa: ANN401 -- what the other side answers
        """Return the answer; raise ``Unanswered``, or ``TimeoutError`` of Twisted."""
        if not self.connected:
            raise Unanswered(what)
        self._asked += 1
        number, answer = self._asked, Deferred[Any]()
        self._waiting[number] = answer
        self._send({"ask": number, "what": what, "said": said})
        try:
            return await answer.addTimeout(seconds, clock)
        finally:
            self._waiting.pop(number, None)

    def stringReceived(self, string: bytes) -> None:  # noqa: N802
        """Take a message: a question, or an answer to one of ours."""
        message = json.loads(string)
        if "ask" in message:
            Deferred.fromCoroutine(self._answer(message))
            return
        answer = self._waiting.pop(message["answers"], None)
        if answer is not None and message["well"]:
            answer.callback(message["said"])
        elif answer is not None:
            answer.errback(Unanswered("the other side failed"))

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # noqa: ARG002, N802
        """Give up all that was asked."""
        self.connected = 0
        waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            answer.errback(Unanswered("the other side has ended"))
        self._lost()

    async def _answer(self, message: Mapping[str, Any]) -> None:
        reply = {"answers": message["ask"], "well": True, "said": None}
        try:
            reply["said"] = await self._answers[message["what"]](message["said"])
        except Exception:
            _log.failure("{what}: not answered", what=message["what"])
            reply["well"] = False
        if self.connected:
            self._send(reply)

    def _send(self, message: Mapping[str, Any]) -> None:
        self.sendString(  # type: ignore[no-untyped-call]
            json.dumps(message).encode("ascii")
        )


def connect(reactor: IReactorSocket, line: socket.socket, channel: Channel) -> None:
    """Begin to use a connected socket, which belongs to the reactor from now on."""
    line.setblocking(False)
    factory: Any = Factory.forProtocol(lambda: channel)
    factory.noisy = False
    with line:
        reactor.adoptStreamConnection(line.fileno(), socket.AF_UNIX, factory)
