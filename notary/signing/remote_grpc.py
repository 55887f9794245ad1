"""The link to a signer over gRPC, the protocol that Notary v1 signers speak.

grpcio works in threads of its own; its results enter the reactor here, and nowhere
else. Nothing of it is started before the first call, so that a daemon may fork.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar, cast

import grpc
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorFromThreads

from notary import request_id
from notary.ops.reactor import Reactor
from notary.pem import certificates_to_pem, key_to_pem
from notary.signing.client_tls import ClientTLS
from notary.signing.grpc_errors import translated
from notary.signing.link import MAX_ANSWER_BYTES
from notary.signing.proto import signer_pb2
from notary.signing.service import SigningUnavailable, UnknownKey
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import Signature

_HEALTH = "grpc.health.v1.Health"
_SYSTEM_AUTHORITIES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)

_Answer = TypeVar("_Answer", bound=Message)


class GRPCLink:
    """A ``Link`` to the gRPC target, such as ``dns:///host:port``; one connection."""

    def __init__(
        self,
        name: str,
        target: str,
        tls: ClientTLS,
        seconds: float,
        reactor: Reactor,
    ) -> None:
        self.name = name
        self._target = target
        self._tls = tls
        self._seconds = seconds
        self._reactor = reactor
        self._channel: grpc.Channel | None = None
        self._answered = 0.0
        self._closed = False

    async def create_key(self, gun: str, role: str, algorithm: str) -> PublicKey:
        """Return the key that the signer answers."""
        request = signer_pb2.CreateKeyRequest(algorithm=algorithm, gun=gun, role=role)
        answer = await self._call(
            "proto.KeyManagement/CreateKey", request, signer_pb2.PublicKey
        )
        return PublicKey(answer.keyInfo.algorithm.algorithm, answer.publicKey)

    async def get_key(self, key_id: str) -> PublicKey:
        """Return the key that the signer answers, or raise ``UnknownKey``."""
        answer = await self._call(
            "proto.KeyManagement/GetKeyInfo",
            signer_pb2.KeyID(ID=key_id),
            signer_pb2.GetKeyInfoResponse,
            key_id,
        )
        return PublicKey(answer.keyInfo.algorithm.algorithm, answer.publicKey)

    async def sign(self, key_id: str, payload: bytes) -> Signature:
        """Return the signature that the signer answers, or raise ``UnknownKey``."""
        request = signer_pb2.SignatureRequest(
            keyID=signer_pb2.KeyID(ID=key_id), content=payload
        )
        answer = await self._call(
            "proto.Signer/Sign", request, signer_pb2.Signature, key_id
        )
        signed_by = answer.keyInfo.keyID.ID
        return Signature(signed_by, answer.algorithm.algorithm, answer.content)

    async def delete_key(self, key_id: str) -> None:
        """Have the key forgotten, if there is one."""
        try:
            await self._call(
                "proto.KeyManagement/DeleteKey",
                signer_pb2.KeyID(ID=key_id),
                signer_pb2.Void,
                key_id,
            )
        except UnknownKey:
            return

    async def check(self) -> None:
        """Ask whether the signer is well."""
        answer = await self._call(
            f"{_HEALTH}/Check",
            health_pb2.HealthCheckRequest(),
            health_pb2.HealthCheckResponse,
        )
        if answer.status != health_pb2.HealthCheckResponse.SERVING:
            raise SigningUnavailable(f"{self.name} answers that it is not serving")

    def renew(self, tls: ClientTLS) -> None:
        """Connect anew with these files; calls under way keep their connection."""
        self._tls = tls
        if self._channel is not None:
            self._reactor.callLater(self._seconds + 1, self._channel.close)
            self._channel = None

    async def close(self) -> None:
        """Let go of every connection."""
        self._closed = True
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    async def _call(
        self,
        method: str,
        request: Message,
        answer: type[_Answer],
        key_id: str | None = None,
    ) -> _Answer:
        channel, began = self._connected(), self._reactor.seconds()
        multicallable = channel.unary_unary(
            f"/{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=answer.FromString,
        )
        future = multicallable.future(
            request, timeout=self._seconds, metadata=_for_whom()
        )
        try:
            answered = await _fired(future, self._reactor)
        except CancelledError:
            self._doubt(channel, began)
            raise
        except grpc.RpcError as error:
            failed = cast(grpc.Call, error)
            if failed.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                self._doubt(channel, began)
            raise translated(failed, self.name, key_id, self._suspicions) from None
        self._answered = self._reactor.seconds()
        return answered

    def _doubt(self, channel: grpc.Channel, began: float) -> None:
        """Connect anew if nobody has had an answer since a call began that got none.

        Else a connection that fell silent would be used until it is found out to be
        dead, for minutes.
        """
        waited = self._reactor.seconds() - began > self._seconds / 2
        if waited and channel is self._channel and self._answered < began:
            self.renew(self._tls)

    def _suspicions(self) -> list[str]:
        return self._tls.suspicions(datetime.now(UTC))

    def _connected(self) -> grpc.Channel:
        if self._closed:
            raise SigningUnavailable(f"{self.name}: the connection is closed")
        if self._channel is None:
            tls = self._tls
            credentials = grpc.ssl_channel_credentials(
                certificates_to_pem(tls.authorities) or _system_authorities(),
                None if tls.key is None else key_to_pem(tls.key),
                certificates_to_pem(tls.chain) or None,
            )
            self._channel = grpc.secure_channel(
                self._target, credentials, options(self._seconds)
            )
        return self._channel


def options(seconds: float) -> list[tuple[str, int]]:
    """Return the options of a channel whose calls take no longer than ``seconds``."""
    return [
        ("grpc.max_receive_message_length", MAX_ANSWER_BYTES),
        ("grpc.absolute_max_metadata_size", MAX_ANSWER_BYTES),
        ("grpc.enable_http_proxy", 0),
        # A signer that returns is found within two seconds, at another address too.
        ("grpc.initial_reconnect_backoff_ms", 100),
        # To connect takes no longer than this; the next attempt is a new one.
        ("grpc.min_reconnect_backoff_ms", 3000),
        ("grpc.max_reconnect_backoff_ms", 1000),
        ("grpc.dns_min_time_between_resolutions_ms", 500),
        # Channels to one target would share connections, and keep them.
        ("grpc.use_local_subchannel_pool", 1),
        # What is not acknowledged in time is lost. Idle connections are left alone:
        # Go's servers end those that ping more often than every five minutes.
        ("grpc.keepalive_time_ms", 360_000),
        ("grpc.keepalive_timeout_ms", int(seconds * 1000)),
    ]


def _fired(
    future: "grpc.Future[_Answer]", reactor: IReactorFromThreads
) -> Deferred[_Answer]:
    """Return a Deferred of the outcome; to cancel it cancels the call."""

    def cancel(_: object) -> None:
        future.cancel()

    deferred: Deferred[_Answer] = Deferred(cancel)

    def settle() -> None:
        if deferred.called:
            return
        try:
            answer = future.result()
        except (grpc.RpcError, grpc.FutureCancelledError):
            deferred.errback()
        else:
            deferred.callback(answer)

    future.add_done_callback(lambda _: reactor.callFromThread(settle))
    return deferred


def _for_whom() -> tuple[tuple[str, str], ...]:
    """Return the metadata by which the signer's log tells for which request it is."""
    current = request_id.CURRENT.get()
    return ((request_id.HEADER.lower(), current),) if current else ()


def _system_authorities() -> bytes | None:
    """Return the system's bundle, since the library would use one of its own."""
    for path in _SYSTEM_AUTHORITIES:
        try:
            return Path(path).read_bytes()
        except OSError:
            continue
    return None
