"""Whom the log names: nobody believes a header but that of a trusted proxy."""

import time
from ipaddress import ip_network

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress

from notary.web.proxies import origin
from tests.web.serving import settings

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))
PROXY = IPv4Address("TCP", "10.0.0.1", 99)
STRANGER = IPv4Address("TCP", "192.0.2.9", 99)


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        (STRANGER, [b"1.2.3.4"], "192.0.2.9:99"),
        (PROXY, [], "10.0.0.1:99"),
        (PROXY, [b"1.2.3.4"], "1.2.3.4"),
        (PROXY, [b"6.6.6.6, 1.2.3.4"], "1.2.3.4"),
        (PROXY, [b"6.6.6.6, 1.2.3.4, 10.1.1.1"], "1.2.3.4"),
        (PROXY, [b"6.6.6.6", b"1.2.3.4 ", b" 10.1.1.1"], "1.2.3.4"),
        (PROXY, [b"10.3.3.3, 10.2.2.2"], "10.3.3.3"),
        (PROXY, [b"1.2.3.4:5678"], "1.2.3.4"),
        (PROXY, [b"[2001:db8::7]:80, 10.2.2.2"], "2001:db8::7"),
        (PROXY, [b"1.2.3.4, unknown"], "10.0.0.1:99"),
        (PROXY, [b"1.2.3.4, unknown, 10.2.2.2"], "10.2.2.2"),
        (IPv6Address("TCP", "::ffff:10.0.0.1", 9), [b"1.2.3.4"], "1.2.3.4"),
        (IPv6Address("TCP", "2001:db8::1", 9), [b"2001:db9::5"], "2001:db9::5"),
    ],
)
def test_the_rightmost_address_that_is_not_trusted_is_named(peer, forwarded, found):
    assert origin(peer, forwarded, TRUSTED) == found


def test_without_trusted_proxies_the_header_is_nothing():
    assert origin(PROXY, [b"1.2.3.4"], ()) == "10.0.0.1:99"


def test_a_peer_without_an_address_is_not_trusted():
    assert "socket" in origin(UNIXAddress("/socket"), [b"1.2.3.4"], TRUSTED)


@given(st.lists(st.binary()))
def test_a_hostile_header_names_an_address_or_nobody(forwarded):
    assert "\n" not in origin(PROXY, forwarded, TRUSTED)


def test_a_very_long_header_takes_no_time():
    begun = time.monotonic()
    origin(PROXY, [b"10.0.0.1," * 7000, b"[" * 60000], TRUSTED)
    assert time.monotonic() - begun < 1


def test_the_log_names_whom_a_trusted_proxy_speaks_for(serving, events):
    configured = settings()
    server = evolve(configured.server, trusted_proxies=(ip_network("127.0.0.1"),))
    with serving(configured=evolve(configured, server=server)) as client:
        client("GET", "/v2/", headers={"X-Forwarded-For": "6.6.6.6, 192.0.2.1"})
    (done,) = [e for e in events if e["log_format"] == "response completed"]
    assert done["http.request.remoteaddr"] == "192.0.2.1"
