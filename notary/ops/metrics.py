"""What Prometheus scrapes: counted where it happens, shown in one page.

The names follow today's conventions (seconds, ``_total``), and no label holds a GUN.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from notary.ops import metrics_text
from notary.ops.metrics_database import DatabaseMetrics
from notary.ops.metrics_expiry import (
    CertificateExpiry,
    Certificates,
    Expiring,
    MetadataExpiry,
)
from notary.ops.metrics_files import FileMetrics
from notary.ops.metrics_http import HTTPMetrics
from notary.ops.metrics_log import LogMetrics
from notary.ops.metrics_signing import SigningMetrics
from notary.ops.metrics_workers import Worker, WorkerMetrics
from notary.ops.tls_files import Identity
from notary.server.cache import Counts

# They would double the number of counters, and nobody asks for them.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The metrics of one running program, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._database = DatabaseMetrics(self._registry)
        self.certificates = CertificateExpiry()
        self._registry.register(self.certificates)
        self.signing = SigningMetrics(self._registry)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def show_build(self, program: str, version: str) -> None:
        """Show which program of which version this is."""
        Gauge(
            "notary_build_info",
            "Which program runs, and its version.",
            ["program", "version"],
            registry=self._registry,
        ).labels(program, version).set(1)

    def requests(self) -> HTTPMetrics:
        """Return what counts the requests of a server."""
        return HTTPMetrics(self._registry)

    def observe_query(
        self, name: str, seconds: float, error: str | None, retries: int
    ) -> None:
        """Count a statement or transaction; called from any thread."""
        self._database.observe(name, seconds, error, retries)

    def watch_pool(self, running: Callable[[], Mapping[str, int]]) -> None:
        """Show how many transactions of each kind run or wait, asked at each scrape."""
        self._database.watch_pool(running)

    def watch_files(self, counts: Callable[[], Counts]) -> None:
        """Show what is kept in memory, asked at each scrape."""
        self._registry.register(FileMetrics(counts))

    def watch_log(self, failed: Callable[[], int]) -> None:
        """Show how many times the log could not be written, asked at each scrape."""
        self._registry.register(LogMetrics(failed))

    def watch_key_sets(self, failing: Callable[[], int]) -> None:
        """Show how many key sets for tokens cannot be fetched, asked at each scrape."""
        Gauge(
            "notary_token_key_sets_failing",
            "Key sets for tokens whose URL gave none when it was last asked.",
            registry=self._registry,
        ).set_function(failing)

    def watch_identity(self, identity: Callable[[], Identity]) -> None:
        """Show when the certificates of a program that listens expire."""
        self.watch_certificates("server", lambda: identity().pair.chain)
        self.watch_certificates("client_ca", lambda: identity().authorities)

    def watch_certificates(self, place: str, certificates: Certificates) -> None:
        """Show when the first of these expires; they are asked for at each scrape."""
        self.certificates.watch(place, certificates)

    def show_expiring(self) -> Callable[[Expiring], None]:
        """Return what is told each count of metadata that expires soon."""
        expiry = MetadataExpiry()
        self._registry.register(expiry)
        return expiry.show

    def count_token_failures(self, reasons: Iterable[str]) -> Callable[[str], None]:
        """Return what counts a refused token by one of these reasons."""
        return self._count(
            "notary_token_failures",
            "Tokens that were refused, by the first check that failed.",
            "reason",
            reasons,
        )

    def count_refusals(self, limits: Iterable[str]) -> Callable[[str], None]:
        """Return what counts a refusal by the limit that was reached."""
        return self._count(
            "notary_refusals",
            "Connections and requests that were refused, by the limit they were over.",
            "limit",
            limits,
        )

    def count_error_reports(self, outcomes: Iterable[str]) -> Callable[[str], None]:
        """Return what counts a report of an error by what became of it."""
        return self._count(
            "notary_error_reports",
            "Reports of errors to Bugsnag, by what became of them.",
            "outcome",
            outcomes,
        )

    def _count(
        self, name: str, text: str, label: str, values: Iterable[str]
    ) -> Callable[[str], None]:
        """Return what counts up one of these values of the label; all begin at 0."""
        counter = Counter(name, text, [label], registry=self._registry)
        by_value = {value: counter.labels(value) for value in values}
        return lambda value: by_value[value].inc()

    def watch_services(self, up: Mapping[str, Callable[[], bool]]) -> None:
        """Show whether each service, by its name, answered when it was last asked."""
        for name, is_up in up.items():
            Gauge(
                f"notary_{name}_up",
                f"Whether the {name} answered when it was last asked.",
                registry=self._registry,
            ).set_function(is_up)

    def watch_workers(self, workers: Sequence[Worker]) -> None:
        """Show which workers are up, and how often each was started."""
        self._registry.register(WorkerMetrics(workers))

    def page(self) -> bytes:
        """Return everything in the text format 0.0.4."""
        return metrics_text.page(self._registry)
