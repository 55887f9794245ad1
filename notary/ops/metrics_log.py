"""Whether the log can be written, which the log itself cannot tell."""

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector


class LogMetrics(Collector):
    """Shows how many times something could not be written, asked at each scrape."""

    def __init__(self, failed: Callable[[], int]) -> None:
        self._failed = failed

    def collect(self) -> Iterator[Metric]:
        """Yield the number."""
        yield CounterMetricFamily(
            "notary_log_writes_failed",
            "Writes of lines of the log that failed, as on a full disk.",
            self._failed(),
        )
