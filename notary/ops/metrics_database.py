"""What is measured of the database: each statement, each transaction, the pool."""

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_TRANSACTIONS = ("read", "write")
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10)


class DatabaseMetrics:
    """Counts what ``notary.storage.observing`` tells."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._seconds = Histogram(
            "notary_database_query_seconds",
            "Time of each statement, and of each transaction (read, write) as a whole.",
            ["query"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._errors = Counter(
            "notary_database_query_errors",
            "Statements and transactions that failed, by the database's own error.",
            ["query", "error"],
            registry=registry,
        )
        self._retries = Counter(
            "notary_database_transaction_retries",
            "Transactions that were repeated after a failure that may pass.",
            ["transaction"],
            registry=registry,
        )
        for kind in _TRANSACTIONS:
            self._retries.labels(kind)

    def observe(
        self, name: str, seconds: float, error: str | None, retries: int
    ) -> None:
        """Count a statement or transaction; called from any thread."""
        self._seconds.labels(name).observe(seconds)
        if error is not None:
            self._errors.labels(name, error).inc()
        if retries and name in _TRANSACTIONS:
            self._retries.labels(name).inc()

    def watch_pool(self, running: Callable[[], Mapping[str, int]]) -> None:
        """Show how many transactions of each kind run or wait, asked at each scrape."""
        gauge = Gauge(
            "notary_database_transactions",
            "Transactions that run or wait for a connection.",
            ["transaction"],
            registry=self._registry,
        )
        for kind in _TRANSACTIONS:
            gauge.labels(kind).set_function(_count_of(running, kind))


def _count_of(running: Callable[[], Mapping[str, int]], kind: str) -> Callable[[], int]:
    return lambda: running()[kind]
