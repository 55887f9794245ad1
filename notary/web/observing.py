"""What is told about each request that has an operation, to whoever measures.

The time is that of the work: the request has been read completely before, and its
answer is sent afterwards.
"""

import time
from collections.abc import Coroutine
from typing import Any, Protocol

from notary.measured import Answered
from notary.web.answers import Answer
from notary.web.asked import Asked


class Observer(Protocol):
    """Measures requests; its methods must not raise."""

    def began(self, operation: str) -> None:
        """Take note of a request that is being answered from now on."""

    def ended(self, answered: Answered) -> None:
        """Take note of its answer."""

    def published(self) -> None:
        """Take note of an upload that was stored."""

    def deleted(self) -> None:
        """Take note of a repository that was deleted."""


class Unobserved:
    """Measures nothing."""

    def began(self, operation: str) -> None:
        """Do nothing."""

    def ended(self, answered: Answered) -> None:
        """Do nothing."""

    def published(self) -> None:
        """Do nothing."""

    def deleted(self) -> None:
        """Do nothing."""


UNOBSERVED = Unobserved()

_NONE = Answer(0)


async def observed(
    observer: Observer,
    operation: str,
    request: Asked,
    answering: Coroutine[Any, Any, Answer],
) -> Answer:
    """Return the answer to the request, measured."""
    observer.began(operation)
    begun, answer = time.monotonic(), _NONE
    try:
        answer = await answering
        return answer
    finally:
        ended(observer, operation, request, answer, begun)


def ended(
    observer: Observer, operation: str, request: Asked, answer: Answer, begun: float
) -> None:
    """Tell of the answer to a request that began at a monotonic time."""
    observer.ended(
        Answered(
            operation,
            request.method.decode("ascii"),
            answer.status,
            time.monotonic() - begun,
            request.size,
            0 if request.method == b"HEAD" else len(answer.body),
            request.error,
        )
    )
