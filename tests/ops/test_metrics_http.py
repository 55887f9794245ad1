"""Requests, under the names of the Go server and under today's."""

import math

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from twisted.internet.task import Clock

from notary.measured import Answered
from notary.ops import metrics_http, metrics_summary
from notary.ops.metrics_http import OPERATIONS, HTTPMetrics
from tests.ops.pages import families, samples

SUMMARY = "notary_server_http_request_duration_microseconds"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def registry():
    return CollectorRegistry()


@pytest.fixture
def requests(registry, clock):
    return HTTPMetrics(registry, clock.seconds)


@pytest.fixture
def page(registry):
    return lambda: generate_latest(registry).decode()


def answer(requests, operation="GetRole", status=200, seconds=0.5, error=""):
    requests.began(operation)
    requests.ended(Answered(operation, "GET", status, seconds, 100, 495, error))


@pytest.mark.usefixtures("requests")
def test_failures_of_what_publishers_need_are_shown_from_0_on(page):
    found = samples(page())
    count = "notary_http_request_duration_seconds_count"
    shown = {key[1:]: value for key, value in found.items() if key[0] == count}
    assert shown == {
        ("5xx", "post", "UpdateTUF"): 0,
        ("5xx", "get", "GetKey"): 0,
        ("5xx", "post", "RotateKey"): 0,
        ("5xx", "delete", "DeleteTUF"): 0,
    }


def test_all_operations_have_their_summaries_from_the_start(requests, page):
    found = samples(page())
    for operation in OPERATIONS:
        for quantile in ("0.5", "0.9", "0.99"):
            assert math.isnan(found[SUMMARY, operation, quantile])
        assert found[f"{SUMMARY}_sum", operation] == 0
        assert found[f"{SUMMARY}_count", operation] == 0


def test_types_are_those_of_the_go_server(requests, page):
    found = families(page())
    assert found[SUMMARY].type == "summary"
    assert found["notary_server_http_request_size_bytes"].type == "summary"
    assert found["notary_server_http_response_size_bytes"].type == "summary"
    assert found["http_request_duration_microseconds"].type == "summary"
    assert "# TYPE notary_server_http_requests_total counter\n" in page()


def test_a_request_is_counted_under_all_names(requests, page):
    answer(requests)
    text, found = page(), samples(page())
    line = (
        'notary_server_http_requests_total{code="200",method="get",operation="GetRole"}'
    )
    assert f"{line} 1.0\n" in text
    assert found[f"{SUMMARY}_sum", "GetRole"] == 500_000
    assert found["notary_server_http_request_size_bytes_sum", "GetRole"] == 100
    assert found["notary_server_http_response_size_bytes_sum", "GetRole"] == 495
    seconds = "notary_http_request_duration_seconds_sum"
    assert found[seconds, "2xx", "get", "GetRole"] == 0.5


def test_a_scrape_has_metrics_of_its_own_and_is_not_in_flight(requests, page):
    requests.began("prometheus")
    assert samples(page())[("notary_http_requests_in_flight",)] == 0
    answer(requests, "prometheus")
    found = samples(page())
    assert found["http_request_duration_microseconds_count", "prometheus"] == 1
    assert not any(key[0] == "notary_server_http_requests_total" for key in found)


def test_what_is_being_answered_is_in_flight(requests, page):
    requests.began("GetRole")
    assert samples(page())[("notary_http_requests_in_flight",)] == 1
    answer(requests)
    assert samples(page())[("notary_http_requests_in_flight",)] == 1


def test_errors_are_counted_by_their_code_and_conflicts_also_apart(requests, page):
    answer(requests, "UpdateTUF", 400, error="VERSION")
    answer(requests, "UpdateTUF", 400, error="INVALID_UPDATE")
    answer(requests, "GetKey", 503, error="UNAVAILABLE")
    found = samples(page())
    errors = "notary_http_request_errors_total"
    assert found[errors, "INVALID_UPDATE", "UpdateTUF"] == 1
    assert found[errors, "UNAVAILABLE", "GetKey"] == 1
    assert found[("notary_publish_conflicts_total",)] == 1


def test_quantiles_are_values_that_occurred(requests, page):
    for milliseconds in range(1, 101):
        answer(requests, seconds=milliseconds / 1000)
    found = samples(page())
    assert found[SUMMARY, "GetRole", "0.5"] == pytest.approx(50_000)
    assert found[SUMMARY, "GetRole", "0.9"] == pytest.approx(90_000)
    assert found[SUMMARY, "GetRole", "0.99"] == pytest.approx(99_000)


def test_quantiles_forget_what_is_older_than_ten_minutes(requests, page, clock):
    answer(requests, seconds=8)
    clock.advance(metrics_summary.WINDOW_SECONDS - 1)
    answer(requests, seconds=2)
    assert samples(page())[SUMMARY, "GetRole", "0.99"] == 8_000_000
    clock.advance(1)
    assert samples(page())[SUMMARY, "GetRole", "0.99"] == 2_000_000
    clock.advance(metrics_summary.WINDOW_SECONDS)
    found = samples(page())
    assert math.isnan(found[SUMMARY, "GetRole", "0.5"])
    assert found[f"{SUMMARY}_count", "GetRole"] == 2


def test_however_many_requests_there_are_only_so_many_are_remembered(requests, page):
    answer(requests, seconds=8)
    for _ in range(metrics_summary.MAX_VALUES):
        answer(requests, seconds=1)
    found = samples(page())
    assert found[SUMMARY, "GetRole", "0.99"] == 1_000_000
    assert found[f"{SUMMARY}_sum", "GetRole"] == pytest.approx(508_000_000)


def test_the_operations_are_those_of_the_routes():
    from notary.web.routes import ROUTES  # noqa: PLC0415 -- the edges meet only here

    named = {route.operation for route in ROUTES} - {""}
    assert named == {*OPERATIONS, metrics_http.SCRAPE}
