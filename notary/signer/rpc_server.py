"""The signer's gRPC server as a service: binding, limits, and an orderly end.

It serves the calls of ``rpc`` and ``rpc_health``. grpcio starts threads as soon as it
is used, so nothing of it is made before twistd has forked.
"""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest
from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.logger import Logger

from notary.ops.binding import ANY, bound, cannot_listen
from notary.ops.reactor import Reactor
from notary.settings.address import join_host_port
from notary.settings.model import LimitsSettings
from notary.signer.rpc import KeyCalls
from notary.signer.rpc_clients import ClientCertificates
from notary.signer.rpc_health import Health
from notary.signer.rpc_threads import CALL_SECONDS, Handlers
from notary.signer.rpc_tls import RPCTLS
from notary.signing.proto import signer_pb2 as pb
from notary.signing.service import SigningService

THREADS = 32
MAX_CALLS = 1024
"""How many calls run or wait for a thread; more are refused."""

MAX_REQUEST_BYTES = 4 * 1024 * 1024
MAX_METADATA_BYTES = 16 * 1024
DRAIN_SECONDS = 10

_MINUTE = 60_000
_CONNECTIONS = "grpc.max_allowed_incoming_connections"
_OPTIONS = (
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", MAX_REQUEST_BYTES),
    ("grpc.absolute_max_metadata_size", MAX_METADATA_BYTES),
    ("grpc.server_handshake_timeout_ms", 10_000),
    ("grpc.keepalive_time_ms", _MINUTE),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # Clients may ask every ten seconds whether we live, also between calls.
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.max_connection_idle_ms", 15 * _MINUTE),
    # A certificate that has expired meanwhile is noticed at the next connection.
    ("grpc.max_connection_age_ms", 60 * _MINUTE),
    ("grpc.max_connection_age_grace_ms", _MINUTE),
)


class GRPCListener(Service):
    """Serves a signing service by gRPC on one address, over TLS."""

    _log = Logger()

    def __init__(
        self,
        reactor: Reactor,
        address: str,
        signer: SigningService,
        tls: RPCTLS,
        *,
        connections: int = LimitsSettings().connections,
        call_seconds: float = CALL_SECONDS,
        drain_seconds: float = DRAIN_SECONDS,
    ) -> None:
        self._reactor = reactor
        self._address = address
        self._tls = tls
        self._connections = connections
        self._calls = KeyCalls(signer)
        self._handlers = Handlers(reactor, call_seconds)
        self._health = Health()
        self._drain_seconds = drain_seconds
        self._threads: ThreadPoolExecutor | None = None
        self._server: grpc.Server | None = None

    def privilegedStartService(self) -> None:  # noqa: N802
        """Bind the address, or end the program with one line that says why not."""
        try:
            self._bind()
        except OSError as error:
            raise cannot_listen(self._address, error) from None

    def startService(self) -> None:  # noqa: N802
        """Serve as soon as the reactor runs, and say so."""
        self.running = True
        self._reactor.callWhenRunning(self._start)

    def stopService(self) -> Deferred[None]:  # noqa: N802
        """Take no more calls; fire when the last is answered or given up."""
        self.running = False
        return Deferred.fromCoroutine(self._drain())

    def _bind(self) -> None:
        target = bound(self._address, _checked)
        self._threads = ThreadPoolExecutor(THREADS, "grpc")
        demanded = self._tls.demands_certificates
        self._server = grpc.server(
            self._threads,
            interceptors=[ClientCertificates()] if demanded else [],
            options=(*_OPTIONS, (_CONNECTIONS, self._connections)),
            maximum_concurrent_rpcs=MAX_CALLS,
        )
        self._server.add_generic_rpc_handlers(self._services())
        try:
            self._server.add_secure_port(target, self._tls.credentials())
        except RuntimeError:
            raise OSError("the library cannot listen there") from None

    def _services(self) -> tuple[grpc.GenericRpcHandler, ...]:
        calls, handlers = self._calls, self._handlers
        services = {
            "proto.KeyManagement": {
                "CreateKey": handlers.unary(pb.CreateKeyRequest, calls.create_key),
                "DeleteKey": handlers.unary(pb.KeyID, calls.delete_key),
                "GetKeyInfo": handlers.unary(pb.KeyID, calls.get_key_info),
            },
            "proto.Signer": {
                "Sign": handlers.unary(pb.SignatureRequest, calls.sign),
            },
            "grpc.health.v1.Health": {
                "Check": handlers.unary(HealthCheckRequest, self._health.check),
                "Watch": handlers.watch(HealthCheckRequest, self._health.watch),
            },
        }
        return tuple(
            grpc.method_handlers_generic_handler(service, methods)
            for service, methods in services.items()
        )

    def _start(self) -> None:
        if self.running and self._server:
            self._server.start()
            self._log.info("Starting on {address} (gRPC)", address=self._address)

    async def _drain(self) -> None:
        if self._server and self._threads:
            self._health.stop()
            await deferToThread(self._stop, self._server, self._threads)

    def _stop(self, server: grpc.Server, threads: ThreadPoolExecutor) -> None:
        """Wait in a thread, while calls in flight still use the reactor."""
        begun, seconds = time.monotonic(), self._drain_seconds
        server.stop(seconds).wait()
        if time.monotonic() - begun >= seconds:
            self._log.warn("gave up on calls after {seconds} s", seconds=seconds)
        # What still runs is cut off by its own deadline.
        threads.shutdown(cancel_futures=True)


def _checked(host: str, port: int) -> str:
    """Return the address as grpcio writes it, or raise why it cannot be bound.

    grpcio would not say why.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == ANY
    socket.create_server((host, port), family=family, dualstack_ipv6=both).close()
    return join_host_port(host, port)
