"""What the log shows of a request: enough to find it, and no secret in a query."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress

from notary.web import shown


@pytest.mark.parametrize(
    ("sent", "in_the_log"),
    [
        (b"/v2/", "/v2/"),
        (b"/v2/_trust/changefeed?", "/v2/_trust/changefeed?"),
        (b"/c?change_id=-5&records=100", "/c?change_id=-5&records=100"),
        (b"/c?records=10&access_token=abc", "/c?records=10&access_token=***"),
        (b"/c?token=abc&token=def", "/c?token=***&token=***"),
        (b"/c?change_id=secret", "/c?change_id=***"),
        (b"/c?c2VjcmV0c2VjcmV0==&", "/c?***&"),
        (b"/c?%61ccess_token=abc", "/c?***"),
        (b"/c?a=b?token=abc", "/c?a=***"),
        (b"http://user:secret@host/v2/", "http://***@host/v2/"),
        (b"http://" + b"secret" * 999 + b"@host/", "http://***@host/"),
    ],
)
def test_a_uri_keeps_only_known_values(sent, in_the_log):
    assert shown.uri(sent) == in_the_log


@given(secret=st.binary(min_size=20).map(lambda s: s.hex().encode()), more=st.binary())
def test_no_unknown_value_survives(secret, more):
    assert secret.decode() not in shown.uri(b"/c?a=" + secret + b"&" + more)
    assert secret.decode() not in shown.referer(b"http://x/?" + more + secret)


def test_a_referer_loses_its_query():
    sent = b"https://user:secret@x/page?token=abc#def"
    assert shown.referer(sent) == "https://***@x/page"


@pytest.mark.parametrize(
    ("sent", "in_the_log"),
    [
        (b"notary.example.com:4443", "notary.example.com:4443"),
        (b"user:secret@notary.example.com", "***@notary.example.com"),
        (b"user:" + b"secret" * 999 + b"@host", "***@host"),
    ],
)
def test_a_host_loses_its_credentials(sent, in_the_log):
    assert shown.host(sent) == in_the_log


def test_texts_are_cut_and_always_text():
    assert len(shown.text(b"\xff" * 9999)) == shown.MAX_LENGTH
    assert len(shown.uri(b"/" + b"\xff" * 9999)) == shown.MAX_LENGTH


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (IPv4Address("TCP", "192.0.2.1", 5), "192.0.2.1:5"),
        (IPv6Address("TCP", "2001:db8::1", 5), "[2001:db8::1]:5"),
    ],
)
def test_a_peer_is_host_and_port(address, text):
    assert shown.peer(address) == text


def test_a_peer_of_another_kind_is_text():
    assert "socket" in shown.peer(UNIXAddress("/run/socket"))
