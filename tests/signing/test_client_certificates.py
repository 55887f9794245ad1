"""The rule for client certificates, on certificates made for it."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from notary.signing.client_certificates import refusal

KEY = ed25519.Ed25519PrivateKey.generate()
NOW = datetime.now(UTC)
NO_CA = x509.BasicConstraints(ca=False, path_length=None)
FOR_CLIENTS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
FOR_ANYTHING = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
FOR_SERVERS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


def usage(*, may_issue):
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=may_issue,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def certificate(*extensions, subject="our-server"):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    builder = x509.CertificateBuilder(
        name, name, KEY.public_key(), 1, NOW, NOW + timedelta(days=1)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(KEY, None)


@pytest.mark.parametrize(
    "extensions",
    [
        (),
        (NO_CA,),
        (NO_CA, FOR_CLIENTS, usage(may_issue=False)),
        (FOR_ANYTHING,),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"odd"),),
    ],
)
def test_an_ordinary_certificate_is_not_refused(extensions):
    assert refusal(certificate(*extensions)) is None


@pytest.mark.parametrize(
    "extensions",
    [
        (x509.BasicConstraints(ca=True, path_length=None),),
        (x509.BasicConstraints(ca=True, path_length=0), FOR_CLIENTS),
        (usage(may_issue=True),),
    ],
)
def test_one_that_may_issue_others_is_refused(extensions):
    reason = refusal(certificate(*extensions))
    assert reason.startswith(
        "the client certificate of 'CN=our-server' is a CA certificate, whose holder"
        " could issue further clients; issue one with CA:FALSE and clientAuth"
    )


def test_one_for_servers_only_is_refused():
    reason = refusal(certificate(NO_CA, FOR_SERVERS))
    assert "is not made for clients: its extendedKeyUsage lacks clientAuth" in reason


def test_extensions_that_cannot_be_read_are_a_reason_to_refuse():
    broken = x509.UnrecognizedExtension(ExtensionOID.BASIC_CONSTRAINTS, b"\x30\x05")
    assert "has extensions that cannot be read" in refusal(certificate(broken))


def test_a_hostile_subject_stays_on_one_short_line():
    subject = "x\n\x1b[2J" * 9
    reason = refusal(certificate(FOR_SERVERS, subject=subject))
    assert reason.isprintable()
    assert len(reason) < 500
