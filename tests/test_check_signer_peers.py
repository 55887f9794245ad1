"""``notary-server -check-signer`` where there is no signer, or it has not our files."""

import socket
from datetime import timedelta

import pytest

from tests.check_signer import check_signer, trust_service
from tests.running import free_port
from tests.signing.diagnosis.conftest import FRAME
from tests.signing.remote.peers import peer, saying, tls_of

HTTP_ERROR = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def check(tmp_path, authority):
    """Check the way to a port; it must fail at a step, with an advice."""
    client = authority.issue("client")

    def check_it(port, step, advice, **changes):
        trust = trust_service(port, authority, client, **changes)
        done = check_signer(tmp_path, trust)
        assert done.code == 1
        assert done.having("FAILED") == [step]
        assert "health" in done.having("skipped")
        assert advice in done.texts[step]
        return done

    return check_it


def test_a_port_where_nothing_listens_is_told(check):
    check(free_port(), "connection", "start the signer, or correct trust_service.port")


def test_a_name_that_does_not_exist_is_told(check):
    advice = "correct trust_service.hostname"
    check(1, "address", advice, hostname="signer.invalid")


def test_an_address_where_nobody_answers_is_told(check):
    with socket.create_server(("127.0.0.1", 0)) as hung:
        port = hung.getsockname()[1]
        advice = "look whether the signer hangs"
        check(port, "signer certificate", advice, deadline_seconds=1)


def test_a_plain_http_server_is_told_from_a_signer(check):
    with peer(saying(HTTP_ERROR)) as other:
        advice = "signers speak TLS only"
        check(other.port, "signer certificate", advice)


def test_the_key_of_another_certificate_is_told(check, authority):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        key = authority.issue("other").key
        done = check(port, "settings", "correct the setting", tls_client_key=str(key))
    assert "is not the certificate's key" in done.texts["settings"]
    assert done.having("ok") == ["address", "connection", "key algorithm"]
    # Only its path is told.
    assert "PRIVATE" not in done.output


RENEW = "issue a new certificate for the signer and restart the signer"
BAD_CERTIFICATES = {
    "expired": ({"starts": timedelta(days=-3)}, "signer certificate", RENEW),
    "of tomorrow": ({"starts": timedelta(days=1)}, "signer certificate", RENEW),
    "of another name": (
        {"hosts": ["other.example"]},
        "host name",
        "set trust_service.hostname to a name in the certificate",
    ),
    "without names": (
        {"hosts": []},
        "host name",
        "issue a certificate for the signer with subjectAltName DNS:localhost",
    ),
}


@pytest.mark.parametrize("defect", BAD_CERTIFICATES)
def test_a_certificate_of_the_signer_that_cannot_be_used_is_told(
    check, authority, defect
):
    facts, step, advice = BAD_CERTIFICATES[defect]
    pair = authority.issue("signer", **facts)
    with peer(saying(FRAME), tls_of(pair, "grpc")) as other:
        check(other.port, step, advice)
