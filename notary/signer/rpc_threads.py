"""Between the threads of grpcio, which wait, and the reactor, where the work is done.

What a call does is somebody else's coroutine; which calls there are is left to
``rpc_server``.
"""

import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message
from grpc import StatusCode
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from notary import request_id
from notary.ops.reactor import Reactor
from notary.signer.rpc import CallFailed
from notary.signer.rpc_types import Handler

CALL_SECONDS = 8.0
"""How long a call may take; less than what a stopping server waits for."""

_Asked = TypeVar("_Asked", bound=Message)


class Handlers:
    """Makes handlers for grpcio; ``seconds`` are for a request and its answer.

    All of them read their request as the first of a stream, which is the same on the
    wire: a handler of one request is not called before that has arrived, and until
    then, a client that sends nothing would hold a thread for as long as it likes.
    """

    _log = Logger()

    def __init__(self, reactor: Reactor, seconds: float = CALL_SECONDS) -> None:
        self._reactor = reactor
        self._seconds = seconds

    def unary(
        self,
        kind: type[_Asked],
        work: Callable[[_Asked], Coroutine[Any, Any, Message]],
    ) -> Handler:
        """Return a handler that runs the coroutine on the reactor."""

        def serve(requests: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
            until = time.monotonic() + self._seconds
            request_id.CURRENT.set(_identity(context))
            message = self._first(requests, context)
            answer: Future[bytes | CallFailed] = Future()
            entered = self._enter(partial(_parsed, kind, message), work, answer)
            enter = partial(copy_context().run, Deferred.fromCoroutine, entered)
            self._reactor.callFromThread(enter)
            left = min(until - time.monotonic(), context.time_remaining())
            try:
                outcome = answer.result(max(left, 0))
            except TimeoutError:
                outcome = self._too_late(kind)
            if isinstance(outcome, CallFailed):
                context.abort(outcome.code, outcome.text)
            return outcome

        return grpc.stream_unary_rpc_method_handler(serve)

    def watch(
        self,
        kind: type[_Asked],
        work: Callable[[_Asked, grpc.ServicerContext], Iterator[Message]],
    ) -> Handler:
        """Return a handler that sends what ``work`` yields, in a thread."""

        def serve(
            requests: Iterator[bytes], context: grpc.ServicerContext
        ) -> Iterator[bytes]:
            try:
                request = _parsed(kind, self._first(requests, context))
                for message in work(request, context):
                    yield message.SerializeToString()
            except CallFailed as failed:
                context.abort(failed.code, failed.text)

        return grpc.stream_stream_rpc_method_handler(serve)

    async def _enter(
        self,
        parsed: Callable[[], _Asked],
        work: Callable[[_Asked], Coroutine[Any, Any, Message]],
        answer: Future[bytes | CallFailed],
    ) -> None:
        """Do the work; whatever happens, there is an answer in the end."""
        try:
            message = await work(parsed())
            answer.set_result(message.SerializeToString())
        except CallFailed as failed:
            answer.set_result(failed)
        except Exception:
            self._log.failure("a call failed unexpectedly")
            text = "internal error of the signer"
            answer.set_result(CallFailed(StatusCode.INTERNAL, text))

    def _too_late(self, kind: type[Message]) -> CallFailed:
        self._log.error(
            "a call with a {kind} had no answer in time", kind=kind.DESCRIPTOR.full_name
        )
        text = "the signer found no answer in time"
        return CallFailed(StatusCode.DEADLINE_EXCEEDED, text)

    def _first(
        self, requests: Iterator[bytes], context: grpc.ServicerContext
    ) -> bytes | None:
        with self._cut_off_if_late(context):
            return next(requests, None)

    @contextmanager
    def _cut_off_if_late(self, context: grpc.ServicerContext) -> Iterator[None]:
        timers: list[IDelayedCall] = []

        def start() -> None:
            timers.append(self._reactor.callLater(self._seconds, context.cancel))

        def stop() -> None:
            if timers[0].active():
                timers[0].cancel()

        self._reactor.callFromThread(start)
        try:
            yield
        finally:
            self._reactor.callFromThread(stop)


def _identity(context: grpc.ServicerContext) -> str:
    wanted = request_id.HEADER.lower()
    return request_id.identify(
        value for name, value in context.invocation_metadata() if name == wanted
    )


def _parsed(kind: type[_Asked], message: bytes | None) -> _Asked:
    try:
        return kind.FromString(message or b"")
    except DecodeError:
        text = f"the request is no readable {kind.DESCRIPTOR.full_name}"
        raise CallFailed(StatusCode.INTERNAL, text) from None
