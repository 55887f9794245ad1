"""What is about to expire: certificates that are loaded, and metadata that is stored.

Who counts the metadata is ``notary.ops.metadata_expiry``.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from attrs import frozen
from cryptography import x509
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from notary.tuf import names

DELEGATION = "delegation"
ROLES = (*names.BASE_ROLES, DELEGATION)
WITHIN_DAYS = (0, 1, 7, 30, 90)
"""``0`` counts what has expired already, as all the others do too."""

Certificates = Callable[[], Iterable[x509.Certificate]]

_DAY = timedelta(days=1)


class CertificateExpiry(Collector):
    """The days until the first certificate of each place expires, negative after."""

    def __init__(self) -> None:
        self._places: dict[str, Certificates] = {}

    def watch(self, place: str, certificates: Certificates) -> None:
        """Ask at each scrape for the certificates that are in use at this place."""
        self._places[place] = certificates

    def days(self) -> Mapping[str, float]:
        """Return the days of every place that has certificates now."""
        now = datetime.now(UTC)
        ends = {
            place: [each.not_valid_after_utc for each in certificates()]
            for place, certificates in self._places.items()
        }
        return {place: (min(each) - now) / _DAY for place, each in ends.items() if each}

    def collect(self) -> Iterable[Metric]:
        """Return the days as a metric."""
        metric = GaugeMetricFamily(
            "notary_certificate_expiry_days",
            "Days until the first of the certificates in use expires.",
            labels=["certificate"],
        )
        for place, days in self.days().items():
            metric.add_metric([place], days)
        return (metric,)


@frozen
class Expiring:
    """How much metadata expires soon, by role and days, and when it was counted."""

    counts: Mapping[tuple[str, int], int]
    unreadable: int
    counted_at: float


class MetadataExpiry(Collector):
    """The last complete count of what expires soon; nothing before the first one."""

    def __init__(self) -> None:
        self._found: Expiring | None = None

    def show(self, found: Expiring) -> None:
        """Show this count from now on."""
        self._found = found

    def collect(self) -> Iterable[Metric]:
        """Return the count."""
        expiring = GaugeMetricFamily(
            "notary_metadata_expiring",
            "Current metadata files that expire within so many days or have expired.",
            labels=["role", "within_days"],
        )
        unreadable = GaugeMetricFamily(
            "notary_metadata_unreadable",
            "Newest metadata files whose expiry cannot be read.",
        )
        counted = GaugeMetricFamily(
            "notary_metadata_counted_timestamp_seconds",
            "When expiring metadata was last counted to the end, in Unix time.",
        )
        if self._found is not None:
            for role in ROLES:
                for days in WITHIN_DAYS:
                    count = self._found.counts.get((role, days), 0)
                    expiring.add_metric([role, str(days)], count)
            unreadable.add_metric([], self._found.unreadable)
            counted.add_metric([], self._found.counted_at)
        return (expiring, unreadable, counted)
