"""Who may use the API over TLS, and how everybody else learns why not."""

import socket
import ssl
from datetime import timedelta

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.certificates import Authority

NOT_FOR_CLIENTS = {
    "of-a-ca": (
        {"ca": True},
        "'CN=of-a-ca' is a CA certificate, whose holder could issue further clients",
    ),
    "of-a-server": (
        {"purposes": [ExtendedKeyUsageOID.SERVER_AUTH]},
        "'CN=of-a-server' is not made for clients: its extendedKeyUsage lacks",
    ),
}


@pytest.fixture
def refusals(log_lines, eventually):
    """Return the warnings, once there is at least one."""

    def wait():
        eventually(lambda: warnings(log_lines()))
        return warnings(log_lines())

    return wait


def warnings(lines):
    return [line["msg"] for line in lines if line["level"] == "warning"]


def test_a_client_with_a_certificate_of_the_authority_is_served(over_tls, client_pair):
    with over_tls() as client:
        assert client(client_pair)("GET", "/v1/health").status == 200


@pytest.mark.parametrize("name", NOT_FOR_CLIENTS)
@pytest.mark.parametrize(
    "request_line",
    [("GET", "/v1/health"), ("POST", "/v1/keys"), ("GET", "/nowhere"), ("PUT", "/v1")],
)
def test_a_certificate_that_is_not_for_clients_gets_an_answer_that_says_so(
    over_tls, authority, name, request_line, refusals
):
    options, reason = NOT_FOR_CLIENTS[name]
    with over_tls() as client:
        got = client(authority.issue(name, **options))(*request_line)
    assert (got.status, got.code) == (403, "CLIENT_CERTIFICATE")
    assert reason in got.message
    assert "etc/make-certificates" in got.message
    (warning,) = refusals()
    assert warning.startswith("client refused: ")
    assert reason in warning


def test_every_request_of_such_a_connection_is_refused(over_tls, authority):
    pair = authority.issue("of-another-ca", ca=True)
    with over_tls() as client:
        connection = client(pair).connection()
        for _ in range(2):
            connection.request("GET", "/v1/health")
            answer = connection.getresponse()
            assert (answer.status, b"CLIENT_CERTIFICATE" in answer.read()) == (
                403,
                True,
            )
        connection.close()


def test_each_connection_is_judged_by_its_own_certificate(
    over_tls, authority, client_pair
):
    refused = authority.issue("of-a-fourth-ca", ca=True)
    with over_tls() as client:
        both = [client(pair).connection() for pair in (client_pair, refused)]
        statuses = []
        for connection in both * 2:
            connection.request("GET", "/v1/health")
            answer = connection.getresponse()
            statuses.append(answer.status)
            answer.read()
        for connection in both:
            connection.close()
    assert statuses == [200, 403] * 2


def ask(client, session=None):
    """Return whether the session was resumed, it or its successor, and the answer."""
    connection = client.context.wrap_socket(
        socket.create_connection(("127.0.0.1", client.port), timeout=10),
        server_hostname="localhost",
        session=session,
    )
    with connection:
        connection.sendall(b"GET /v1/health HTTP/1.0\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
        return connection.session_reused, connection.session, answer


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_resumed_session_is_refused_like_a_new_one(over_tls, authority, version):
    with over_tls() as client:
        refused = client(authority.issue("of-a-third-ca", ca=True))
        refused.context.maximum_version = version
        _, session, _ = ask(refused)
        resumed, _, answer = ask(refused, session)
    assert resumed
    assert answer.startswith(b"HTTP/1.0 403 ")


def test_a_site_without_tls_serves_nobody_if_certificates_are_required(serving):
    with serving(require_client_certificate=True) as client:
        got = client("GET", "/v1/health")
    assert (got.status, got.code) == (403, "CLIENT_CERTIFICATE")


def fails(client, pair=None):
    """Ask, and return when the connection has failed."""
    with pytest.raises((ssl.SSLError, ConnectionError, socket.timeout)):
        client(pair)("GET", "/v1/health")


def test_a_client_without_a_certificate_is_refused_and_logged(over_tls, refusals):
    with over_tls() as client:
        fails(client)
    (warning,) = refusals()
    assert warning.startswith("TLS client 127.0.0.1:")
    assert warning.endswith("it has sent no certificate, and one is required")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"starts": timedelta(days=-3)}, "it has expired"),
        ({"starts": timedelta(days=1)}, "it is not valid yet"),
    ],
)
def test_a_certificate_out_of_its_time_is_refused_and_logged(
    over_tls, authority, options, reason, refusals
):
    with over_tls() as client:
        fails(client, authority.issue("untimely", **options))
    (warning,) = refusals()
    assert warning.startswith("TLS client 127.0.0.1:")
    assert warning.endswith(f"refused: its certificate 'CN=untimely': {reason}")


def test_a_certificate_of_another_authority_is_refused_and_logged(
    over_tls, tmp_path, refusals
):
    stranger = Authority(tmp_path / "other").issue("stranger")
    with over_tls() as client:
        fails(client, stranger)
    (warning,) = refusals()
    assert "its certificate 'CN=stranger': " in warning
    assert "issued by an authority that is not in client_ca_file" in warning


def test_a_connection_that_says_nothing_is_not_logged(over_tls, log_lines, client_pair):
    with over_tls() as client:
        port = client(client_pair).port
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
        assert client(client_pair)("GET", "/v1/health").status == 200
    assert warnings(log_lines()) == []


def test_a_certificate_that_is_itself_the_authority_is_enough(over_tls, authority):
    pair = authority.issue("pinned")
    with over_tls(client_ca=pair.certificate) as client:
        assert client(pair)("GET", "/v1/health").status == 200
        fails(client, authority.issue("sibling"))
