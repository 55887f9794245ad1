"""Says in the log, at the start and once a day, which certificates expire soon.

For whoever looks at no metrics: else a certificate that has expired is seen by clients
only. Which certificates there are is left to ``notary.ops.metrics_expiry``.
"""

from collections.abc import Callable, Mapping

from twisted.application.service import Service
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from notary.ops.reactor import Reactor

SOON_DAYS = 30
PAUSE_SECONDS = 24 * 3600

KEYS = {
    "server": "server.tls_cert_file",
    "client_ca": "server.client_ca_file",
    "client": "trust_service.tls_client_cert",
    "signer_ca": "trust_service.tls_ca_file",
    "token_bundle": "auth.options.rootcertbundle",
}
"""The setting that names the file, by what the metric calls the place."""

_log = Logger()


class CertificateWarnings(Service):
    """Asks for the days that are left, by place, and tells those that are few."""

    def __init__(
        self, reactor: Reactor, days_left: Callable[[], Mapping[str, float]]
    ) -> None:
        self._reactor = reactor
        self._days_left = days_left
        self._next: IDelayedCall | None = None

    def startService(self) -> None:  # noqa: N802
        """Begin as soon as the reactor runs."""
        self.running = True
        self._reactor.callWhenRunning(self._look)

    def stopService(self) -> None:  # noqa: N802
        """Look no more."""
        self.running = False
        if self._next is not None and self._next.active():
            self._next.cancel()

    def _look(self) -> None:
        if not self.running:
            return
        for place, days in self._days_left().items():
            if days < 0:
                _log.error(
                    "a certificate of {key} has expired, {days:.1f} days ago:"
                    " renew it and send SIGHUP",
                    key=KEYS[place],
                    days=-days,
                )
            elif days < SOON_DAYS:
                _log.warn(
                    "a certificate of {key} expires in {days:.1f} days: renew it and"
                    " send SIGHUP",
                    key=KEYS[place],
                    days=days,
                )
        self._next = self._reactor.callLater(PAUSE_SECONDS, self._look)
