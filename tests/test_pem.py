"""Certificates and keys are read from PEM files, or refused in one line."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from notary.pem import (
    MAX_BYTES,
    PEMError,
    certificates_to_pem,
    key_to_pem,
    read_certificates,
    read_private_key,
    reasons,
)
from tests.certificates import Authority


def write(folder, content):
    path = folder / "file.pem"
    path.write_bytes(content)
    return path


def problem(read, path):
    with pytest.raises(PEMError) as caught:
        read(path)
    (line,) = str(caught.value).splitlines()
    assert str(path) in line
    return line


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_what_is_read_is_written_again(tmp_path):
    pair = Authority(tmp_path).issue("one")
    assert certificates_to_pem(read_certificates(pair.certificate)) == (
        pair.certificate.read_bytes()
    )
    assert key_to_pem(read_private_key(pair.key)) == pair.key.read_bytes()


def test_a_file_that_is_missing_or_too_large_is_named(tmp_path):
    for read in (read_certificates, read_private_key):
        missing = problem(read, tmp_path / "missing")
        assert missing.endswith("no such file or directory")
        large = problem(read, write(tmp_path, b"x" * (MAX_BYTES + 1)))
        assert "larger than" in large


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (rsa.generate_private_key(65537, 1024), "less than 2048 bits"),
        (ed448.Ed448PrivateKey.generate(), "neither RSA, ECDSA nor Ed25519"),
    ],
    ids=["short RSA", "Ed448"],
)
def test_a_key_that_no_peer_takes_is_refused(key, reason, tmp_path):
    assert reason in problem(read_private_key, write(tmp_path, pem(key)))


def test_no_message_quotes_the_file(tmp_path):
    key = pem(ec.generate_private_key(ec.SECP256R1()))
    damaged = key.replace(b"\n-----END", b"hunter2\n-----END")
    assert "hunter2" not in problem(read_private_key, write(tmp_path, damaged))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            SSL.Error([("SSL", "f", "bad"), ("SSL", "g", ""), ("SSL", "h", "old")]),
            "bad, old",
        ),
        (SSL.Error(), ""),
        (SSL.SysCallError(-1, "Unexpected EOF"), ""),
    ],
    ids=["reasons", "none", "a cut connection"],
)
def test_the_reasons_of_openssl_are_told_if_there_are_any(error, said):
    assert reasons(error) == said


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_the_one_error(tmp_path, content):
    for label in (b"CERTIFICATE", b"PRIVATE KEY", b"EC PRIVATE KEY"):
        block = b"-----BEGIN %b-----\n%b\n-----END %b-----\n" % (label, content, label)
        for read in (read_certificates, read_private_key):
            problem(read, write(tmp_path, block))
