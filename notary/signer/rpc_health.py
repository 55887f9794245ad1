"""The standard health service: the signer serves as long as it runs.

Whether its key store answers is left to the calls themselves, as in Notary v1.
"""

import threading
from collections.abc import Iterator

import grpc
from grpc import StatusCode
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from notary.signer.rpc import CallFailed

MAX_WATCHES = 8
"""Each occupies a thread for as long as its client likes."""

_SERVICES = (
    "",
    "grpc.health.v1.Health.KeyManagement",
    "grpc.health.v1.Health.Signer",
)
_SERVING = HealthCheckResponse(status=HealthCheckResponse.SERVING)
_NOT_SERVING = HealthCheckResponse(status=HealthCheckResponse.NOT_SERVING)
_UNKNOWN = HealthCheckResponse(status=HealthCheckResponse.SERVICE_UNKNOWN)


class Health:
    """The service ``grpc.health.v1.Health``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watches: set[threading.Event] = set()
        self._stopped = False

    async def check(self, request: HealthCheckRequest) -> HealthCheckResponse:
        """Answer that a known service serves."""
        if request.service not in _SERVICES:
            raise CallFailed(StatusCode.NOT_FOUND, "unknown service")
        return _SERVING

    def watch(
        self, request: HealthCheckRequest, context: grpc.ServicerContext
    ) -> Iterator[HealthCheckResponse]:
        """Yield the state now, and the next when the server stops."""
        ended = self._begin()
        try:
            yield _SERVING if request.service in _SERVICES else _UNKNOWN
            if not context.add_callback(ended.set):
                return
            ended.wait()
            if self._stopped:
                yield _NOT_SERVING
        finally:
            with self._lock:
                self._watches.discard(ended)

    def stop(self) -> None:
        """End all watches."""
        with self._lock:
            self._stopped = True
            for ended in self._watches:
                ended.set()

    def _begin(self) -> threading.Event:
        with self._lock:
            if self._stopped or len(self._watches) >= MAX_WATCHES:
                text = "too many watches of the health"
                raise CallFailed(StatusCode.RESOURCE_EXHAUSTED, text)
            ended = threading.Event()
            self._watches.add(ended)
            return ended
