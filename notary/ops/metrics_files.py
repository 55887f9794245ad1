"""What is measured of the files that are kept in memory, asked for at each scrape."""

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from notary.server.cache import Counts


class FileMetrics(Collector):
    """Shows what ``counts`` says at the moment."""

    def __init__(self, counts: Callable[[], Counts]) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics with their present values."""
        counts = self._counts()
        yield CounterMetricFamily(
            "notary_file_cache_hits",
            "Files that were asked for and were in memory.",
            counts.hits,
        )
        yield CounterMetricFamily(
            "notary_file_cache_misses",
            "Files that were asked for and were not in memory.",
            counts.misses,
        )
        yield CounterMetricFamily(
            "notary_file_cache_evictions",
            "Files that had to make room for others.",
            counts.evictions,
        )
        yield GaugeMetricFamily(
            "notary_file_cache_bytes",
            "Memory that the files take, with what they mean, at most.",
            counts.size,
        )
