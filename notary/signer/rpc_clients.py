"""Refuses every call of a client whose certificate is not made for clients.

The rule itself is in ``notary.signing.client_certificates``. TLS has verified before.
"""

from collections.abc import Callable, Iterable
from typing import Any

import grpc
from cryptography import x509
from grpc import StatusCode
from twisted.logger import Logger

from notary.signer.rpc_types import Handler
from notary.signing.client_certificates import refusal

_Behavior = Callable[[Any, grpc.ServicerContext], Any]


class ClientCertificates(grpc.ServerInterceptor):
    """For a server that demands certificates: without one, there is no call."""

    _log = Logger()

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Handler | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """Return the handler of the call behind a check of its client."""
        handler = continuation(handler_call_details)
        if handler is None:
            return None
        return _Guarded(handler, self._check)

    def _check(self, context: grpc.ServicerContext) -> None:
        """End the call unless the client may make it."""
        why = _refusal(context)
        if why is not None:
            self._log.warn(
                "refused a call from {peer}: {reason}", peer=context.peer(), reason=why
            )
            context.abort(StatusCode.UNAUTHENTICATED, why)


class _Guarded(Handler):
    """A handler that checks its context first."""

    def __init__(
        self, handler: Handler, check: Callable[[grpc.ServicerContext], None]
    ) -> None:
        self.request_streaming = handler.request_streaming
        self.response_streaming = handler.response_streaming
        self.request_deserializer = handler.request_deserializer
        self.response_serializer = handler.response_serializer
        self.unary_unary = _behind(check, handler.unary_unary)
        self.unary_stream = _behind(check, handler.unary_stream)
        self.stream_unary = _behind(check, handler.stream_unary)
        self.stream_stream = _behind(check, handler.stream_stream)


def _behind(
    check: Callable[[grpc.ServicerContext], None], behavior: _Behavior | None
) -> _Behavior | None:
    if behavior is None:
        return None

    def checked(request: object, context: grpc.ServicerContext) -> Any:  # noqa: ANN401
        check(context)
        return behavior(request, context)

    return checked


def _refusal(context: grpc.ServicerContext) -> str | None:
    # The annotations of grpcio say bytes; it is a sequence of them.
    presented: Iterable[Any] = context.auth_context().get("x509_pem_cert", ())
    certificates = list(presented)
    if len(certificates) != 1:
        return "the client has no certificate"
    try:
        certificate = x509.load_pem_x509_certificate(certificates[0])
    except (ValueError, x509.InvalidVersion):
        return "the client certificate cannot be read"
    return refusal(certificate)
