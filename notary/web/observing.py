"""What is told about each request that has an operation, to whoever measures.

The time is that of the work: the request has been read completely before, and its
answer is sent afterwards.
"""

import time
from collections.abc import Coroutine
from typing import Any, Protocol

from notary.web.request import APIRequest


class Observer(Protocol):
    """Measures requests; its methods must not raise."""

    def began(self, operation: str) -> None:
        """Take note of a request that is being answered from now on."""

    def ended(
        self,
        operation: str,
        method: str,
        status: int,
        *,
        seconds: float,
        request_bytes: int,
        response_bytes: int,
        error: str = "",
    ) -> None:
        """Take note of its answer, with the code of the error in it, if any."""

    def published(self) -> None:
        """Take note of an upload that was stored."""

    def deleted(self) -> None:
        """Take note of a repository that was deleted."""


class Unobserved:
    """Measures nothing."""

    def began(self, operation: str) -> None:
        """Do nothing."""

    def ended(self, *_facts: object, **_more: object) -> None:
        """Do nothing."""

    def published(self) -> None:
        """Do nothing."""

    def deleted(self) -> None:
        """Do nothing."""


UNOBSERVED = Unobserved()


async def observed(
    observer: Observer,
    operation: str,
    request: APIRequest,
    answering: Coroutine[Any, Any, bytes],
) -> bytes:
    """Return the body that answers the request, measured."""
    observer.began(operation)
    begun, body = time.monotonic(), b""
    try:
        body = await answering
        return body
    finally:
        observer.ended(
            operation,
            request.method.decode("ascii"),
            request.code,
            seconds=time.monotonic() - begun,
            request_bytes=_size(request),
            response_bytes=0 if request.method == b"HEAD" else len(body),
            error=request.error,
        )


def _size(request: APIRequest) -> int:
    """Return roughly what the client has sent, separators left out, as in Go."""
    first = len(request.method) + len(request.uri) + len(request.clientproto)
    headers = sum(
        len(name) + sum(map(len, values))
        for name, values in request.requestHeaders.getAllRawHeaders()
    )
    return first + headers + request.body_bytes
