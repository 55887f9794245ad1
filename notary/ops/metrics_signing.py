"""What is measured of signing: calls, keys that are made, files signed anew or due.

Both programs show the same metrics. ``protocol`` is how the server asks its signer, or
how a signer was asked.
"""

from collections.abc import Callable, Iterable

from attrs import frozen
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from notary.tuf import names
from notary.tuf.keys import ECDSA, ED25519

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

_CALLS = ("create_key", "sign")
"""Those whose failures are shown from 0 on: else the first one is no increase."""

_RENEWED_ROLES = (names.SNAPSHOT, names.TIMESTAMP)
_RENEWAL_OUTCOMES = ("failed", "overtaken", "root_expired", "stored")


class SigningMetrics:
    """Registers each metric when it is first asked for."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._calls: Histogram | None = None

    def time_calls(self, protocol: str) -> Callable[[str, float, str], None]:
        """Return what counts a call by name, seconds and outcome."""
        if self._calls is None:
            self._calls = Histogram(
                "notary_signing_call_duration_seconds",
                "Time of each call to the signing service, by its outcome.",
                ["protocol", "call", "outcome"],
                buckets=_SECONDS,
                registry=self._registry,
            )
        calls = self._calls
        for call in _CALLS:
            calls.labels(protocol, call, "unavailable")

        def observe(call: str, seconds: float, outcome: str) -> None:
            calls.labels(protocol, call, outcome).observe(seconds)

        return observe

    def count_created_keys(self) -> Callable[[str], None]:
        """Return what counts a key that was made, by its algorithm."""
        created = Counter(
            "notary_keys_created",
            "Keys that were made.",
            ["algorithm"],
            registry=self._registry,
        )
        by_algorithm = {each: created.labels(each) for each in (ECDSA, ED25519)}
        return lambda algorithm: by_algorithm[algorithm].inc()

    def count_renewals(self) -> Callable[[str, str], None]:
        """Return what counts a file that was to be signed anew, by role and outcome."""
        renewals = Counter(
            "notary_resignings",
            "Timestamps and snapshots that were to be signed anew, by what came of it.",
            ["role", "outcome"],
            registry=self._registry,
        )
        for role in _RENEWED_ROLES:
            for outcome in _RENEWAL_OUTCOMES:
                renewals.labels(role, outcome)
        return lambda role, outcome: renewals.labels(role, outcome).inc()

    def watch_reserve(
        self, waiting: Callable[[], int], seconds: Callable[[], float | None]
    ) -> None:
        """Show how many timestamps are due, and how long the reserve lasts if known."""
        self._registry.register(_Reserve(waiting, seconds))


@frozen
class _Reserve(Collector):
    """What is asked for at each scrape about what is due."""

    waiting: Callable[[], int]
    seconds: Callable[[], float | None]

    def collect(self) -> Iterable[Metric]:
        waiting = GaugeMetricFamily(
            "notary_renewals_waiting",
            "Timestamps that are known to be due and are not signed anew yet.",
            self.waiting(),
        )
        reserve = GaugeMetricFamily(
            "notary_timestamp_reserve_seconds",
            "Time until the first timestamp expires of those that are known.",
        )
        seconds = self.seconds()
        if seconds is not None:
            reserve.add_metric([], seconds)
        return (waiting, reserve)
