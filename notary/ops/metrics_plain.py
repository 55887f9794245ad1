"""Counts that cost little: plain numbers, made into metrics when they are asked for.

They are for what only one thread counts, with the output of prometheus-client's own.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from prometheus_client.core import (
    CounterMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector


class Count:
    """How often something happened."""

    __slots__ = ("number",)

    def __init__(self) -> None:
        self.number = 0


class Counts(Collector):
    """A counter with labels."""

    def __init__(self, name: str, documentation: str, labels: Sequence[str]) -> None:
        self._family = name, documentation, labels
        self._counts: dict[tuple[str, ...], Count] = {}

    def of(self, *labels: str) -> Count:
        """Return what is to be counted up for these labels."""
        return self._counts.setdefault(labels, Count())

    def collect(self) -> Iterable[Metric]:
        """Return the metric as it is now."""
        name, documentation, labels = self._family
        metric = CounterMetricFamily(name, documentation, labels=labels)
        for values, count in self._counts.items():
            metric.add_metric(values, count.number)
        return (metric,)


class Times:
    """How long something took, each time that it happened."""

    __slots__ = ("_bounds", "numbers", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.numbers = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, seconds: float) -> None:
        """Take note of one more."""
        self.numbers[bisect_left(self._bounds, seconds)] += 1
        self.sum += seconds


class Histogram(Collector):
    """A histogram with labels."""

    def __init__(
        self,
        name: str,
        documentation: str,
        labels: Sequence[str],
        bounds: Sequence[float],
    ) -> None:
        self._family = name, documentation, labels
        self._bounds = bounds
        self._times: dict[tuple[str, ...], Times] = {}
        self._names = [*(str(float(bound)) for bound in bounds), "+Inf"]

    def of(self, *labels: str) -> Times:
        """Return what is to be told each time for these labels."""
        return self._times.setdefault(labels, Times(self._bounds))

    def collect(self) -> Iterable[Metric]:
        """Return the metric as it is now."""
        name, documentation, labels = self._family
        metric = HistogramMetricFamily(name, documentation, labels=labels)
        for values, times in self._times.items():
            metric.add_metric(values, self._buckets(times), times.sum)
        return (metric,)

    def _buckets(self, times: Times) -> list[tuple[str, float]]:
        total, buckets = 0, []
        for name, number in zip(self._names, times.numbers, strict=True):
            total += number
            buckets.append((name, float(total)))
        return buckets
