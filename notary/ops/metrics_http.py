"""What is measured of requests: under the names of the Go server, and today's.

Operations have the names of ``notary.web.routes``; what has none is not measured.
"""

import time
from collections.abc import Callable, Iterable

from attrs import frozen
from prometheus_client import CollectorRegistry, Counter, Gauge

from notary.measured import Answered
from notary.ops.metrics_plain import Count, Counts, Histogram, Times
from notary.ops.metrics_summary import Observed, Summary

OPERATIONS = (
    "Changefeed",
    "DeleteTUF",
    "GetKey",
    "GetRole",
    "GetRoleByHash",
    "GetRoleByVersion",
    "RotateKey",
    "UpdateTUF",
)
CHANGES = (
    ("UpdateTUF", "POST"),
    ("GetKey", "GET"),
    ("RotateKey", "POST"),
    ("DeleteTUF", "DELETE"),
)
"""What a publisher needs; of these the failures are shown from 0 on.

Else the first one would be no increase, and there may be no other one for hours.
"""
SCRAPE = "prometheus"

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

_SUMMARIES = (
    (
        "http_request_duration_microseconds",
        "The HTTP request latencies in microseconds.",
    ),
    ("http_request_size_bytes", "The HTTP request sizes in bytes."),
    ("http_response_size_bytes", "The HTTP response sizes in bytes."),
)


@frozen
class _Answers:
    """What is told of answers with the same labels."""

    count: Count
    microseconds: Observed
    request_bytes: Observed
    response_bytes: Observed


class GoRequestMetrics:
    """The four metrics that the Go client library gives to whatever it instruments."""

    def __init__(
        self,
        registry: CollectorRegistry,
        prefix: str,
        label: str,
        values: Iterable[str],
        now: Callable[[], float],
    ) -> None:
        values = tuple(values)
        self._now = now
        self._microseconds, self._request_bytes, self._response_bytes = (
            Summary(f"{prefix}{name}", documentation, label, values, now)
            for name, documentation in _SUMMARIES
        )
        self._requests = Counts(
            f"{prefix}http_requests",
            "Total number of HTTP requests made.",
            [label, "method", "code"],
        )
        registry.register(self._microseconds)
        registry.register(self._request_bytes)
        registry.register(self._response_bytes)
        registry.register(self._requests)
        self._answers: dict[tuple[str, str, int], _Answers] = {}

    def observe(self, answered: Answered) -> None:
        """Count one request, whose operation is the value of the label."""
        key = answered.operation, answered.method, answered.status
        answers = self._answers.get(key)
        if answers is None:
            answers = self._answers[key] = self._of(*key)
        now = self._now()
        answers.count.number += 1
        answers.microseconds.add(answered.seconds * 1_000_000, now)
        answers.request_bytes.add(answered.request_bytes, now)
        answers.response_bytes.add(answered.response_bytes, now)

    def _of(self, value: str, method: str, status: int) -> _Answers:
        return _Answers(
            self._requests.of(value, method.lower(), str(status)),
            self._microseconds.of(value),
            self._request_bytes.of(value),
            self._response_bytes.of(value),
        )


class HTTPMetrics:
    """What ``notary.web.observing`` tells of requests, counted."""

    def __init__(
        self, registry: CollectorRegistry, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._go = GoRequestMetrics(
            registry, "notary_server_", "operation", OPERATIONS, now
        )
        self._scrapes = GoRequestMetrics(registry, "", "handler", (SCRAPE,), now)
        self._seconds = Histogram(
            "notary_http_request_duration_seconds",
            "Time of each request, by the class of its answer.",
            ["operation", "method", "code"],
            _SECONDS,
        )
        registry.register(self._seconds)
        self._errors = Counter(
            "notary_http_request_errors",
            "Requests that were answered with an error, by its code in the answer.",
            ["operation", "error"],
            registry=registry,
        )
        self._in_flight = 0
        Gauge(
            "notary_http_requests_in_flight",
            "Requests that are being answered, scrapes left out.",
            registry=registry,
        ).set_function(lambda: self._in_flight)
        self._times: dict[tuple[str, str, int], Times] = {}
        for operation, method in CHANGES:
            self._times_of(operation, method, 5)
        self._count_changes(registry)

    def _count_changes(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str) -> Counter:
            return Counter(f"notary_{name}", text, registry=registry)

        self._publishes = counter("publishes", "Uploads that were stored.")
        self._conflicts = counter(
            "publish_conflicts",
            "Uploads that were refused with VERSION: another publish was first.",
        )
        self._deletions = counter("deletions", "Repositories that were deleted.")

    def began(self, operation: str) -> None:
        """Count a request that is being answered from now on."""
        if operation != SCRAPE:
            self._in_flight += 1

    def ended(self, answered: Answered) -> None:
        """Count an answered request."""
        if answered.operation == SCRAPE:
            self._scrapes.observe(answered)
            return
        self._go.observe(answered)
        self._in_flight -= 1
        times = self._times_of(
            answered.operation, answered.method, answered.status // 100
        )
        times.add(answered.seconds)
        if answered.error:
            self._errors.labels(answered.operation, answered.error).inc()
        if answered.operation == "UpdateTUF" and answered.error == "VERSION":
            self._conflicts.inc()

    def _times_of(self, operation: str, method: str, hundreds: int) -> Times:
        key = operation, method, hundreds
        times = self._times.get(key)
        if times is None:
            times = self._seconds.of(operation, method.lower(), f"{hundreds}xx")
            self._times[key] = times
        return times

    def published(self) -> None:
        """Count an upload that was stored."""
        self._publishes.inc()

    def deleted(self) -> None:
        """Count a repository that was deleted."""
        self._deletions.inc()
