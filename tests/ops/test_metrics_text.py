"""The page for Prometheus: what the library writes, byte by byte."""

import math

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from notary.measured import Answered
from notary.ops import metrics_text
from notary.ops.metrics import Metrics
from notary.ops.metrics_http import HTTPMetrics


@pytest.fixture
def registry():
    return CollectorRegistry()


@pytest.mark.parametrize(
    "text", ["", "plain", 'a "quoted" one', "back\\slash", "two\nlines", "ä€😀"]
)
def test_any_text_is_written_as_the_library_does(registry, text):
    counter = Counter("things", f"Things: {text}", ["b", "a"], registry=registry)
    counter.labels(text, "x").inc()
    counter.labels("y", text).inc(0.5)
    assert metrics_text.page(registry) == generate_latest(registry)


@pytest.mark.parametrize(
    "value",
    [0, 1, -1.5, 1e-9, 123_456_789, 1e21, math.inf, -math.inf, math.nan],
)
def test_any_number_is_written_as_the_library_does(registry, value):
    Gauge("thing", "A thing.", registry=registry).set(value)
    assert metrics_text.page(registry) == generate_latest(registry)


def test_histograms_and_summaries_are_written_as_the_library_does(registry):
    requests = HTTPMetrics(registry, lambda: 1.0)
    for status in (200, 404, 503):
        requests.began("GetRole")
        requests.ended(Answered("GetRole", "GET", status, 0.2, 1, 2_000_000))
    requests.ended(Answered("prometheus", "GET", 200, 0.2, 1, 2_000_000))
    page = metrics_text.page(registry)
    assert page.count(b"_bucket{") > 30
    assert page == generate_latest(registry)


def test_a_series_is_looked_at_once_however_often_it_is_scraped():
    metrics = Metrics()
    metrics.observe_query("present", 0.1, None, 0)
    metrics.page()
    before = metrics_text._series.cache_info().misses
    metrics.observe_query("present", 0.2, None, 0)
    metrics.page()
    assert metrics_text._series.cache_info().misses == before
