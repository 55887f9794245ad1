"""What is measured of workers by the process that started them."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector


class Worker(Protocol):
    """What is known of one of them."""

    number: int
    starts: int
    answered: bool


class WorkerMetrics(Collector):
    """Which workers answered when the page was made, and how often each was started."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self._workers = workers

    def collect(self) -> Iterable[Metric]:
        """Return both."""
        up = GaugeMetricFamily(
            "notary_worker_up",
            "Whether the worker answered when this page was made.",
            labels=["worker"],
        )
        starts = CounterMetricFamily(
            "notary_worker_starts",
            "How often a process was started to be this worker.",
            labels=["worker"],
        )
        for worker in self._workers:
            up.add_metric([str(worker.number)], worker.answered)
            starts.add_metric([str(worker.number)], worker.starts)
        return (up, starts)
