"""What is said of our own files and certificate, and of how a signer takes them."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.certificates import TOO_SHORT, Authority, Pair
from tests.check_signer import STEPS
from tests.signing.diagnosis.conftest import FRAME


@pytest.fixture
def stranger(tmp_path):
    return Authority(tmp_path / "another", "another authority").issue("stranger")


@pytest.mark.parametrize("old_tls", [False, True])
def test_none_where_one_is_required(diagnosed, serving, old_tls):
    port = serving(answer=FRAME, old_tls=old_tls)
    done = diagnosed(port, tls_client_cert=None, tls_client_key=None)
    assert done.having("FAILED") == ["client certificate"]
    assert done.having("skipped") == ["protocol", "health"]
    text = done.texts["client certificate"]
    assert text.startswith("there is none, and the signer refuses us: ")
    assert "(it wants a certificate" in text
    assert f"TLSv1.{2 if old_tls else 3}; " in done.texts["signer certificate"]


@pytest.mark.parametrize("old_tls", [False, True])
def test_one_of_an_authority_that_the_signer_does_not_know(
    diagnosed, serving, stranger, old_tls
):
    done = diagnosed(serving(answer=FRAME, old_tls=old_tls), stranger)
    assert done.having("FAILED") == ["client certificate"]
    text = done.texts["client certificate"]
    assert "alert unknown ca (it does not know the authority that issued" in text
    assert "put the certificate of CN=another authority into" in text


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"starts": timedelta(days=-3)}, "it expired on "),
        ({"starts": timedelta(days=1)}, "it is valid from "),
        ({"ca": True}, "it is a CA certificate"),
        ({"purposes": [ExtendedKeyUsageOID.SERVER_AUTH]}, "lacks clientAuth"),
    ],
)
def test_one_that_no_signer_should_accept(diagnosed, serving, authority, facts, words):
    pair = authority.issue("defective", **facts)
    done = diagnosed(serving(answer=FRAME), pair)
    assert done.statuses["client certificate"] == "FAILED"
    text = done.texts["client certificate"]
    assert words in text
    assert "issue a client certificate (CA:FALSE, extendedKeyUsage clientAuth)" in text


def test_one_that_ends_soon_is_warned_of(diagnosed, serving, authority):
    starts = timedelta(days=-2) + timedelta(hours=1)
    done = diagnosed(serving(answer=FRAME), authority.issue("old", starts=starts))
    assert done.having("warning") == ["client certificate"]
    assert "it expires soon" in done.texts["client certificate"]


@pytest.fixture
def weak(tmp_path):
    """A certificate that signs itself, with an RSA key of 1024 bits."""
    key = rsa.generate_private_key(65537, 1024)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "weak")])
    now = datetime.now(UTC)
    certificate = x509.CertificateBuilder(
        name, name, key.public_key(), 1, now, now + timedelta(days=1)
    ).sign(key, SHA256())
    pair = Pair(tmp_path / "weak.crt", tmp_path / "weak.key")
    pair.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
    pair.key.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return pair


def test_files_that_cannot_be_used_are_named(diagnosed, authority, tmp_path, weak):
    fit, other = authority.issue("fit"), authority.issue("other")
    short = authority.issue("short", curve=TOO_SHORT)
    missing, empty = tmp_path / "missing", tmp_path / "empty"
    empty.touch()
    for changes, words in (
        ({"tls_client_key": other.key}, "is not the certificate's key"),
        ({"tls_client_cert": missing}, f"open {missing}: no such file"),
        ({"tls_client_key": empty}, f"{empty} holds no readable, unencrypted PEM key"),
        ({"tls_ca_file": empty}, f"{empty} holds no readable PEM certificate"),
        (
            {"tls_client_cert": weak.certificate, "tls_client_key": weak.key},
            "of less than 2048",
        ),
        (
            {"tls_client_cert": short.certificate, "tls_client_key": short.key},
            "trust_service.tls_client_cert: OpenSSL refuses it: ee key too small",
        ),
    ):
        files = {"tls_client_cert": fit.certificate, "tls_client_key": fit.key}
        done = diagnosed(1, **(files | changes))
        assert done.having("FAILED") == ["settings", "connection"]
        assert done.having("skipped") == list(STEPS[3:8])
        assert words in done.texts["settings"]
        assert "correct the setting or the file" in done.texts["settings"]


def test_without_a_file_of_authorities_those_of_the_system_count(diagnosed, serving):
    done = diagnosed(serving(answer=FRAME), tls_ca_file=None)
    assert done.having("FAILED") == ["signer certificate"]
    text = done.texts["signer certificate"]
    assert "the authorities of this system (trust_service.tls_ca_file is not" in text
