"""The TLS side of the server: versions, suites, client certificates, bad files."""

import ssl
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from notary.ops.tls import TLS12_SUITES, server_tls
from notary.settings import ServerSettings, SettingsError
from tests.certificates import TOO_SHORT, Authority
from tests.ops.handshakes import client_context, handshake


@pytest.fixture
def server(dev):
    return ServerSettings(":1", dev / "server.crt", dev / "server.key")


def key_pem(key, encryption=None):
    return key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption()
    )


def self_signed(folder: Path, name: str):
    """Write a certificate that is its own authority; return its paths."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    paths = folder / f"{name}.crt", folder / f"{name}.key"
    paths[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    paths[1].write_bytes(key_pem(key))
    return paths


def test_without_certificates_there_is_no_tls():
    assert server_tls(ServerSettings(":1")) is None


def test_the_newest_version_is_preferred_and_no_protocol_is_negotiated(server, dev):
    client = client_context(dev / "ca.crt")
    client.set_alpn_protocols(["h2", "http/1.1"])
    agreed = handshake(server_tls(server), client, "localhost")
    assert (agreed.version, agreed.alpn) == ("TLSv1.3", None)


def test_tls_below_1_2_is_refused(server, dev):
    client = client_context(dev / "ca.crt")
    client.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore"):
        client.minimum_version = ssl.TLSVersion.TLSv1
        client.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((SSL.Error, ssl.SSLError)):
        handshake(server_tls(server), client, "localhost")


@pytest.mark.parametrize("suite", [name for name in TLS12_SUITES if "ECDSA" in name])
def test_each_suite_of_the_contract_is_accepted_with_tls_1_2(suite, server, dev):
    client = client_context(dev / "ca.crt")
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.set_ciphers(suite)
    agreed = handshake(server_tls(server), client, "localhost")
    assert (agreed.version, agreed.suite) == ("TLSv1.2", suite)


@pytest.mark.parametrize(
    "suite", ["ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES256-SHA384"]
)
def test_a_suite_that_is_not_in_the_contract_is_refused(suite, server, dev):
    client = client_context(dev / "ca.crt")
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.set_ciphers(suite)
    with pytest.raises((SSL.Error, ssl.SSLError)):
        handshake(server_tls(server), client, "localhost")


def test_a_client_certificate_of_the_configured_authority_is_required(
    server, dev, tmp_path
):
    ours, theirs = self_signed(tmp_path, "ours"), self_signed(tmp_path, "theirs")
    tls = server_tls(
        ServerSettings(":1", server.tls_cert_file, server.tls_key_file, ours[0])
    )
    client = client_context(dev / "ca.crt")
    with pytest.raises(SSL.Error):
        handshake(tls, client, "localhost")
    client.load_cert_chain(*theirs)
    with pytest.raises(SSL.Error):
        handshake(tls, client, "localhost")
    client.load_cert_chain(*ours)
    assert handshake(tls, client, "localhost").version == "TLSv1.3"


def problems(settings):
    with pytest.raises(SettingsError) as caught:
        server_tls(settings)
    return caught.value.problems


def test_missing_files_are_all_reported_with_their_paths():
    missing = Path("/nowhere/a.crt"), Path("/nowhere/a.key"), Path("/nowhere/ca.crt")
    assert problems(ServerSettings(":1", *missing)) == (
        'server.tls_cert_file: Could not load X509 key pair (cert: "/nowhere/a.crt",'
        ' key: "/nowhere/a.key"): open /nowhere/a.crt: no such file or directory',
        'server.client_ca_file: could not read CA certificate "/nowhere/ca.crt":'
        " open /nowhere/ca.crt: no such file or directory",
    )


def test_a_key_that_belongs_to_another_certificate_is_refused(server, tmp_path):
    _, other = self_signed(tmp_path, "other")
    (problem,) = problems(ServerSettings(":1", server.tls_cert_file, other))
    assert problem.endswith("private key does not match public key")


def test_a_pair_that_openssl_refuses_is_told_in_one_line(tmp_path):
    pair = Authority(tmp_path).issue("short", curve=TOO_SHORT)
    (problem,) = problems(ServerSettings(":1", pair.certificate, pair.key))
    assert problem.startswith("server.tls_cert_file: Could not load X509 key pair")
    assert problem.endswith("OpenSSL refuses it: ee key too small")


def test_a_pair_that_openssl_refuses_changes_nothing_in_a_running_server(tmp_path):
    authority = Authority(tmp_path)
    pair = authority.issue("server")
    tls = server_tls(ServerSettings(":1", pair.certificate, pair.key))
    before = tls.identity
    authority.issue("server", curve=TOO_SHORT)
    with pytest.raises(SettingsError, match="OpenSSL refuses it"):
        tls.reload()
    assert tls.identity is before
    client = client_context(authority.certificate)
    assert handshake(tls, client, "localhost").version == "TLSv1.3"


@pytest.mark.parametrize("content", [b"", b"hunter2", b"-----BEGIN CERTIFICATE-----\n"])
def test_a_file_that_is_no_certificate_is_refused_without_quoting_it(
    content, server, tmp_path
):
    path = tmp_path / "x.crt"
    path.write_bytes(content)
    (problem,) = problems(ServerSettings(":1", path, server.tls_key_file))
    assert problem.endswith(f"{path} holds no readable PEM certificate")
    (problem,) = problems(
        ServerSettings(":1", server.tls_cert_file, server.tls_key_file, path)
    )
    assert problem.startswith("server.client_ca_file: could not read CA certificate")


def test_an_encrypted_or_broken_key_is_refused_without_asking_for_a_password(
    server, tmp_path
):
    key = ec.generate_private_key(ec.SECP256R1())
    path = tmp_path / "x.key"
    for content in (key_pem(key, BestAvailableEncryption(b"x")), b"hunter2"):
        path.write_bytes(content)
        (problem,) = problems(ServerSettings(":1", server.tls_cert_file, path))
        assert problem.endswith(f"{path} holds no readable, unencrypted PEM key")


def test_a_key_may_come_after_other_blocks_in_its_file(server, dev, tmp_path):
    path = tmp_path / "all.pem"
    parameters = b"""-----BEGIN EC PARAMETERS-----
BggqhkjOPQMBBw==
-----END EC PARAMETERS-----
"""
    certificate = server.tls_cert_file.read_bytes()
    path.write_bytes(parameters + certificate + server.tls_key_file.read_bytes())
    tls = server_tls(ServerSettings(":1", path, path))
    assert handshake(tls, client_context(dev / "ca.crt"), "localhost").version
