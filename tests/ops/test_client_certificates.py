"""A server that requires client certificates: whom it refuses, and its words for it."""

import ssl
from datetime import timedelta

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import SSL
from twisted.internet.address import IPv6Address
from twisted.internet.testing import StringTransport
from twisted.logger import globalLogPublisher

from notary.ops.logs import fields_of
from notary.ops.tls import server_tls
from notary.settings import ServerSettings
from tests.certificates import Authority
from tests.ops.handshakes import client_context, handshake


@pytest.fixture(scope="module")
def pair(authority):
    return authority.issue("server")


@pytest.fixture
def events():
    events = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


@pytest.fixture
def warnings(events):
    def told():
        lines = map(fields_of, events)
        return [line["msg"] for line in lines if line["level"] == "warning"]

    return told


@pytest.fixture
def shake(authority, pair):
    """Complete a handshake with a client that has a certificate."""

    def attempt(client=None, client_ca=None, any_purpose=False, version=None):
        files = pair.certificate, pair.key, client_ca or authority.certificate
        tls = server_tls(ServerSettings(":1", *files), any_purpose=any_purpose)
        context = client_context(authority.certificate)
        if version is not None:
            context.maximum_version = version
        if client is not None:
            context.load_cert_chain(client.certificate, client.key)
        return handshake(tls, context, "localhost").version

    return attempt


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_every_refusal_is_one_warning_that_says_why(
    shake, authority, tmp_path, warnings, version
):
    refused = {
        None: "it has sent no certificate, and one is required",
        authority.issue("late", starts=timedelta(days=-3)): "it has expired",
        authority.issue("early", starts=timedelta(days=1)): "it is not valid yet",
        Authority(tmp_path / "other").issue("strange"): "that is not in client_ca_file",
        authority.issue("serving", purposes=[ExtendedKeyUsageOID.SERVER_AUTH]): (
            "it is not made for clients: its extendedKeyUsage lacks clientAuth"
        ),
    }
    for client, reason in refused.items():
        with pytest.raises((SSL.Error, ssl.SSLError)):
            shake(client, version=version)
        last = warnings()[-1]
        assert reason in last
        assert client is None or f"'CN={client.key.stem}'" in last
    assert len(warnings()) == len(refused)


def test_a_client_over_ipv6_is_named_so_that_its_port_can_be_told(
    authority, pair, warnings
):
    files = pair.certificate, pair.key, authority.certificate
    tls = server_tls(ServerSettings(":1", *files))
    transport = StringTransport(peerAddress=IPv6Address("TCP", "::1", 4443))
    client = client_context(authority.certificate)
    with pytest.raises((SSL.Error, ssl.SSLError)):
        handshake(tls, client, "localhost", transport)
    assert warnings()[-1].startswith("TLS client [::1]:4443 refused: ")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_that_does_not_trust_us_is_no_warning_but_a_line_that_says_so(
    tmp_path, events, warnings, pair, version
):
    context = client_context(Authority(tmp_path / "other").certificate)
    context.maximum_version = version
    tls = server_tls(ServerSettings(":1", pair.certificate, pair.key))
    with pytest.raises(ssl.SSLError):
        handshake(tls, context, "localhost")
    assert warnings() == []
    (line,) = map(fields_of, events)
    assert line["level"] == "info"
    assert ": it does not trust our certificate" in line["msg"]


def test_a_client_that_hangs_up_without_a_word_is_no_line(events, pair):
    tls = server_tls(ServerSettings(":1", pair.certificate, pair.key))
    connection = tls.serverConnectionForTLS(None)
    connection.set_accept_state()
    connection.bio_shutdown()
    with pytest.raises(SSL.Error):
        connection.do_handshake()
    assert events == []


def test_a_purpose_may_be_left_to_whoever_answers_but_nothing_else(
    shake, authority, tmp_path
):
    serving = [ExtendedKeyUsageOID.SERVER_AUTH]
    assert shake(authority.issue("serving", purposes=serving), any_purpose=True)
    late = authority.issue("late", purposes=serving, starts=timedelta(days=-3))
    strange = Authority(tmp_path / "other").issue("strange", purposes=serving)
    for client in (late, strange, None):
        with pytest.raises((SSL.Error, ssl.SSLError)):
            shake(client, any_purpose=True)


def test_a_certificate_vouches_for_itself_and_no_other(shake, authority):
    pinned = authority.issue("pinned")
    assert shake(pinned, client_ca=pinned.certificate) == "TLSv1.3"
    with pytest.raises((SSL.Error, ssl.SSLError)):
        shake(authority.issue("sibling"), client_ca=pinned.certificate)
