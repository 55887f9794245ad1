"""The steps against peers on loopback that are no signers, or not the right one."""

import socket
from datetime import timedelta

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.certificates import Authority
from tests.check_signer import STEPS
from tests.running import free_port
from tests.signing.diagnosis.conftest import FRAME, PROTOCOLS
from tests.signing.remote.peers import peer, saying

HTTP_ERROR = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


def test_nobody_listens(diagnosed):
    done = diagnosed(free_port())
    assert done.having("FAILED") == ["connection"]
    assert done.texts["connection"].startswith("127.0.0.1:")
    assert "refuses connections" in done.texts["connection"]
    assert "start the signer, or correct trust_service.port" in done.output
    assert done.having("skipped") == list(STEPS[3:8])


def test_a_name_that_does_not_exist(diagnosed):
    done = diagnosed(1, hostname="signer.invalid")
    assert done.having("FAILED") == ["address"]
    assert "the name signer.invalid cannot be resolved: " in done.texts["address"]
    assert "correct trust_service.hostname" in done.texts["address"]
    assert done.having("skipped") == list(STEPS[2:8])


def test_a_name_that_nobody_tells_in_time(diagnosed):
    done = diagnosed(1, hostname="signer.invalid", deadline_seconds=0)
    assert done.having("FAILED") == ["address"]
    assert "no answer within 0 s" in done.texts["address"]
    assert "check the name servers" in done.texts["address"]


@pytest.mark.parametrize("hostname", ["", "a b", "x" * 300, "\N{SNOWMAN}"])
def test_what_is_no_name_is_a_matter_of_the_settings(diagnosed, hostname):
    done = diagnosed(1, hostname=hostname)
    assert done.having("FAILED") == ["settings"]
    assert "trust_service.hostname: must be a host name" in done.texts["settings"]
    assert done.having("skipped") == list(STEPS[1:8])


def test_a_host_that_accepts_and_says_nothing(diagnosed):
    with socket.create_server(("127.0.0.1", 0)) as hung:
        done = diagnosed(hung.getsockname()[1])
    assert done.having("FAILED") == ["signer certificate"]
    text = done.texts["signer certificate"]
    assert "accepts connections, but says nothing for 1 s" in text
    assert "look whether the signer hangs" in text


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (HTTP_ERROR, "answers in plain HTTP, without TLS"),
        (b"220 mail ESMTP\r\n", "answers, but does not speak TLS"),
        (b"", "closes the connection instead of presenting a certificate"),
        (b"\x15\x03\x03\x00\x02\x02\x50", "TLS is not possible: "),
    ],
)
def test_a_host_that_does_not_speak_tls(diagnosed, said, words):
    with peer(saying(said)) as other:
        done = diagnosed(other.port)
    assert done.having("FAILED") == ["signer certificate"]
    assert done.texts["signer certificate"].startswith(words)
    assert done.having("skipped") == list(STEPS[4:8])


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"starts": timedelta(days=-3)}, "CN=peer has expired on "),
        ({"starts": timedelta(days=1)}, "CN=peer is not valid before "),
        ({"purposes": [ExtendedKeyUsageOID.CLIENT_AUTH]}, "its purposes "),
    ],
)
def test_a_certificate_that_is_not_valid(diagnosed, serving, facts, words):
    done = diagnosed(serving(answer=FRAME, **facts))
    assert done.having("FAILED") == ["signer certificate"]
    assert done.having("skipped") == ["health"]
    text = done.texts["signer certificate"]
    assert text.startswith(words)
    assert "issue a new certificate for the signer" in text


def test_a_certificate_that_ends_soon_is_warned_of(diagnosed, serving):
    start = timedelta(days=-2) + timedelta(hours=1)
    done = diagnosed(serving(answer=FRAME, starts=start))
    assert done.having("warning") == ["signer certificate"]
    assert done.texts["signer certificate"].startswith("CN=peer expires on ")


@PROTOCOLS
def test_the_certificate_itself_may_be_the_authority(
    diagnosed, serving, authority, protocol
):
    pair = authority.issue("pinned")
    port = serving(protocol, answer=FRAME, pair=pair)
    done = diagnosed(port, protocol=protocol, tls_ca_file=pair.certificate)
    assert done.statuses["signer certificate"] == "ok"


def test_several_faults_are_told_at_once(diagnosed, serving, tmp_path):
    stranger = Authority(tmp_path, "another authority")
    old = stranger.issue("old", starts=timedelta(days=-3), hosts=["other.example"])
    done = diagnosed(serving(answer=FRAME, pair=old))
    assert done.having("FAILED") == ["signer certificate", "host name"]
    text = done.texts["signer certificate"]
    assert "issued by CN=another authority, which is not in " in text
    assert "CN=old has expired on " in text


@PROTOCOLS
def test_a_certificate_for_other_names(diagnosed, serving, protocol):
    port = serving(protocol, answer=FRAME, hosts=["a.example", "10.1.2.3"])
    done = diagnosed(port, protocol=protocol)
    text = done.texts["host name"]
    assert done.statuses["host name"] == "FAILED"
    assert "hostname is localhost, but the certificate is for a.example, 10" in text
    assert "set trust_service.hostname to a name in the certificate, or issue" in text
    assert "subjectAltName DNS:localhost" in text


def test_an_address_must_be_in_the_certificate_as_an_address(diagnosed, serving):
    done = diagnosed(serving(answer=FRAME, hosts=["localhost"]), hostname="127.0.0.1")
    assert done.having("FAILED") == ["host name"]
    assert "subjectAltName IP:127.0.0.1" in done.texts["host name"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"protocol": "https"}, "FAILED"),
        ({"hostname": "127.0.0.1"}, "FAILED"),
        ({}, "warning"),
    ],
)
def test_a_common_name_is_no_host_name(diagnosed, serving, authority, changes, status):
    pair = authority.issue("localhost", hosts=[])
    port = serving(changes.get("protocol", "grpc"), answer=FRAME, pair=pair)
    done = diagnosed(port, **changes)
    assert done.statuses["host name"] == status
    text = done.texts["host name"]
    assert "only the common name localhost, and no subjectAltName" in text
    assert "common names do not count as host names" in text


@PROTOCOLS
def test_a_peer_that_says_nothing_after_the_handshake(diagnosed, serving, protocol):
    done = diagnosed(serving(protocol), protocol=protocol)
    assert done.having("FAILED") == ["protocol"]
    assert "does not answer: " in done.texts["protocol"]
    assert "and then nothing came" in done.texts["protocol"]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1",
    ],
)
def test_another_web_server_is_no_signer(diagnosed, serving, answer):
    done = diagnosed(serving("https", answer=answer), protocol="https")
    assert done.having("FAILED") == ["protocol"]
    assert "another program, or a proxy, is there" in done.texts["protocol"]
