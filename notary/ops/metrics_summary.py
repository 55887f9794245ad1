"""Summaries with quantiles, as the Go client has them and Prometheus' own has not.

Quantiles are over the last ten minutes, and over no more than the last 500 values
of each label; sums and counts are over everything since the start.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

QUANTILES = (0.5, 0.9, 0.99)
WINDOW_SECONDS = 600
MAX_VALUES = 500


class Observed:
    """The values of one label: a few recent ones, and what all came to."""

    def __init__(self) -> None:
        self.count = 0
        self.sum = 0.0
        self._recent: deque[tuple[float, float]] = deque(maxlen=MAX_VALUES)

    def add(self, value: float, now: float) -> None:
        """Take note of one more value."""
        self.count += 1
        self.sum += value
        self._recent.append((now, value))

    def quantiles(self, now: float) -> tuple[float, ...]:
        """Return each of the quantiles, not a number if there is nothing recent."""
        while self._recent and self._recent[0][0] <= now - WINDOW_SECONDS:
            self._recent.popleft()
        values = sorted(value for _, value in self._recent)
        return tuple(_quantile(values, wanted) for wanted in QUANTILES)


class Summary(Collector):
    """One metric of type summary with one label, all of whose values are given."""

    def __init__(
        self,
        name: str,
        documentation: str,
        label: str,
        values: Iterable[str],
        now: Callable[[], float],
    ) -> None:
        self._name = name
        self._documentation = documentation
        self._label = label
        self._now = now
        self._observed = {value: Observed() for value in values}

    def of(self, label: str) -> Observed:
        """Return what is to be told the values of a label."""
        return self._observed[label]

    def collect(self) -> Iterable[Metric]:
        """Return the metric as it is now."""
        metric, now = Metric(self._name, self._documentation, "summary"), self._now()
        for value, observed in sorted(self._observed.items()):
            labels = {self._label: value}
            found = zip(QUANTILES, observed.quantiles(now), strict=True)
            for wanted, quantile in found:
                metric.add_sample(
                    self._name, {**labels, "quantile": str(wanted)}, quantile
                )
            metric.add_sample(f"{self._name}_sum", labels, observed.sum)
            metric.add_sample(f"{self._name}_count", labels, observed.count)
        return (metric,)


def _quantile(values: Sequence[float], wanted: float) -> float:
    """Return the smallest value that this share of the values does not exceed."""
    if not values:
        return math.nan
    return values[math.ceil(wanted * len(values)) - 1]
