"""A folder with all that a first try needs: certificates and a configuration.

The folder belongs to one server at a time. What is in it is never replaced; to
get new certificates (these last 825 days), remove the ``.crt`` and ``.key`` files.
"""

import ipaddress
import json
import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from shlex import quote

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAYS = 825
PORT = 4443
AUTHORITY = "ca.crt"
CERTIFICATE = "server.crt"
KEY = "server.key"
CONFIG = "config.json"

_CONFIG = {
    "server": {
        "http_addr": f"localhost:{PORT}",
        "tls_cert_file": CERTIFICATE,
        "tls_key_file": KEY,
    },
    "trust_service": {"type": "local"},
    "storage": {"backend": "sqlite3", "db_url": "notary.db"},
    "logging": {"level": "info"},
}
_NAMES = x509.SubjectAlternativeName(
    [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("::1")),
    ]
)
_TOUR = """\
Try it in another terminal. As a publisher (it asks for passphrases for new keys):

  {publisher} init -p localhost/demo
  {publisher} add localhost/demo v1 /etc/hostname
  {publisher} publish localhost/demo

As a consumer who starts from an empty trust directory:

  {consumer} list localhost/demo
  {consumer} verify -i /etc/hostname localhost/demo v1

Ctrl-C stops the server.
"""


@frozen
class _Pair:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def prepare(folder: Path, now: datetime) -> Path:
    """Return the configuration in the folder; make what is missing, or ``OSError``."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / KEY).exists():
        _make_certificates(folder, now)
    if not (folder / CONFIG).exists():
        _write(folder / CONFIG, (json.dumps(_CONFIG, indent=2) + "\n").encode())
    return folder / CONFIG


def commands_to_try(folder: Path, port: int) -> str:
    """Return what to type for a first tour with the ``notary`` client."""
    server = f"-s https://localhost:{port} --tlscacert {quote(str(folder / AUTHORITY))}"
    publisher = f"notary {server} -d ~/.notary-demo"
    consumer = f'notary {server} -d "$(mktemp -d)"'
    return _TOUR.format(publisher=publisher, consumer=consumer)


def _make_certificates(folder: Path, now: datetime) -> None:
    """Write the CA and the server's pair; the CA's key is forgotten right away.

    Nobody can misuse it, then, on a machine that has been told to trust this CA.
    The server's key is written last: where it is, the rest is complete.
    """
    authority = _authority(now)
    server = _server(authority, now)
    for name, pair in ((AUTHORITY, authority), (CERTIFICATE, server)):
        _write(folder / name, pair.certificate.public_bytes(Encoding.PEM))
    _write(
        folder / KEY,
        server.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


def _authority(now: datetime) -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Notary development CA")
    builder = _builder(name, name, key, now).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    builder = builder.add_extension(_usage(ca=True), critical=True)
    return _Pair(builder.sign(key, SHA256()), key)


def _server(authority: _Pair, now: datetime) -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate.subject
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(
        authority.key.public_key()
    )
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    builder = (
        _builder(_name("localhost"), issuer, key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(ca=False), critical=True)
        .add_extension(purpose, critical=False)
        .add_extension(_NAMES, critical=False)
        .add_extension(identifier, critical=False)
    )
    return _Pair(builder.sign(authority.key, SHA256()), key)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.CertificateBuilder:
    # An hour of tolerance for clients whose clocks are behind.
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=DAYS) - timedelta(hours=1))
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
    )


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _write(path: Path, content: bytes) -> None:
    """Write a file of mode 0600, all of it or nothing."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
