"""What Prometheus scrapes: counted where it happens, shown in one page.

The names follow today's conventions (seconds, ``_total``), and no label holds a GUN.
"""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

_TRANSACTIONS = ("read", "write")
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10)


class Metrics:
    """The metrics of one running program, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "notary_database_query_seconds",
            "Time of each statement, and of each transaction (read, write) as a whole.",
            ["query"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._errors = Counter(
            "notary_database_query_errors",
            "Statements and transactions that failed, by the database's own error.",
            ["query", "error"],
            registry=self._registry,
        )
        self._retries = Counter(
            "notary_database_transaction_retries",
            "Transactions that were repeated after a failure that may pass.",
            ["transaction"],
            registry=self._registry,
        )
        for kind in _TRANSACTIONS:
            self._retries.labels(kind)

    def observe_query(
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

    def count_token_failures(self, reasons: Iterable[str]) -> Callable[[str], None]:
        """Return what counts a refused token by one of these reasons."""
        failures = Counter(
            "notary_token_failures",
            "Tokens that were refused, by the first check that failed.",
            ["reason"],
            registry=self._registry,
        )
        by_reason = {reason: failures.labels(reason) for reason in reasons}
        return lambda reason: by_reason[reason].inc()

    def page(self) -> bytes:
        """Return everything in the text format 0.0.4."""
        return generate_latest(self._registry)


def _count_of(running: Callable[[], Mapping[str, int]], kind: str) -> Callable[[], int]:
    return lambda: running()[kind]
