"""What of error reports and trusted proxies can be configured, and what is refused."""

from ipaddress import ip_network

import pytest

from tests.server_settings import MINIMAL, load, nested, problems

KEY = {"reporting.bugsnag.api_key": "k"}


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://notify.example.com",
        "http://bugsnag:49000/",
        "https://[2001:db8::1]:8443/notify?x=y",
    ],
)
def test_an_endpoint_is_a_url(tmp_path, endpoint):
    config = nested(KEY | {"reporting.bugsnag.endpoint": endpoint}, MINIMAL)
    assert load(tmp_path, config).reporting.endpoint == endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        "notify.example.com",
        "ftp://example.com/",
        "https://user:hunter2@example.com/",
        "https://example.com/a b",
        "https://ex\u00e4mple.com/",
        "https://",
        "https://example.com:port/",
    ],
)
def test_another_endpoint_is_refused_and_not_repeated(tmp_path, endpoint):
    config = nested(KEY | {"reporting.bugsnag.endpoint": endpoint}, MINIMAL)
    assert problems(tmp_path, config) == (
        "reporting.bugsnag.endpoint: must be an http or https URL, without user and"
        " password",
    )


@pytest.mark.parametrize("key", ["sch\u00fcssel", "k" * 300])
def test_what_no_header_can_hold_is_no_api_key(tmp_path, key):
    config = nested({"reporting.bugsnag.api_key": key}, MINIMAL)
    (problem,) = problems(tmp_path, config)
    assert problem == "reporting.bugsnag.api_key: is not an API key of bugsnag"


def test_proxies_may_be_a_list(tmp_path):
    given = ["192.0.2.1", "10.0.0.0/8"]
    config = nested({"server.trusted_proxies": given}, MINIMAL)
    found = load(tmp_path, config).server.trusted_proxies
    assert found == tuple(map(ip_network, given))


def test_a_proxy_that_is_no_address_is_named(tmp_path):
    config = nested({"server.trusted_proxies": "10.0.0.1/8 ::1 proxy"}, MINIMAL)
    said = "server.trusted_proxies: not an address, nor a network such as 10.0.0.0/8: "
    assert problems(tmp_path, config) == (f"{said}10.0.0.1/8", f"{said}proxy")
