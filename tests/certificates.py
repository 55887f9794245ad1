"""An authority of the tests, and the certificates of the programs that trust it."""

import ipaddress
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

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

LOOPBACK = ("localhost", "127.0.0.1", "::1")
BOTH_PURPOSES = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
AN_HOUR_AGO = timedelta(hours=-1)
USUAL, TOO_SHORT = ec.SECP256R1(), ec.SECP192R1()
"""Curves; keys on the latter are of no use to OpenSSL."""

_MAY_SIGN = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


@frozen
class Pair:
    """The files of a certificate and its key, in PEM."""

    certificate: Path
    key: Path


class Authority:
    """Issues certificates for localhost and 127.0.0.1; its own is ``certificate``."""

    def __init__(self, folder: Path, name: str = "authority of the tests") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        own = _builder(self._name, self._name, self._key, *_validity())
        for extension, critical in _extensions((), True, ()):
            own = own.add_extension(extension, critical=critical)
        self.certificate = folder / "ca.crt"
        self.certificate.write_bytes(self._signed(own))

    def issue(
        self,
        name: str,
        *,
        hosts: Sequence[str] = LOOPBACK,
        ca: bool = False,
        days: float = 2,
        starts: timedelta = AN_HOUR_AGO,
        purposes: Sequence[x509.ObjectIdentifier] = BOTH_PURPOSES,
        curve: ec.EllipticCurve = USUAL,
    ) -> Pair:
        """Write a new certificate and its key, for a server and a client by default.

        It is valid for ``days`` from now plus ``starts`` on; an expired one has
        ``starts=timedelta(days=-3)``. Without ``purposes`` it has no extendedKeyUsage.
        """
        key = ec.generate_private_key(curve)
        subject = _name(name)
        builder = _builder(subject, self._name, key, *_validity(starts, days))
        for extension, critical in _extensions(hosts, ca, purposes):
            builder = builder.add_extension(extension, critical=critical)
        pair = Pair(self._folder / f"{name}.crt", self._folder / f"{name}.key")
        pair.certificate.write_bytes(self._signed(builder))
        pair.key.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        return pair

    def _signed(self, builder: x509.CertificateBuilder) -> bytes:
        signed_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(
            self._key.public_key()
        )
        builder = builder.add_extension(signed_by, critical=False)
        return builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM)


def _extensions(
    hosts: Sequence[str], ca: bool, purposes: Sequence[x509.ObjectIdentifier]
) -> Iterator[tuple[x509.ExtensionType, bool]]:
    """Yield each extension, and whether it is critical."""
    yield x509.BasicConstraints(ca=ca, path_length=None), True
    if ca:
        yield _MAY_SIGN, True
    if hosts:
        yield x509.SubjectAlternativeName([_host(host) for host in hosts]), False
    if purposes:
        yield x509.ExtendedKeyUsage(purposes), False


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _validity(
    starts: timedelta = AN_HOUR_AGO, days: float = 2
) -> tuple[datetime, datetime]:
    first = datetime.now(UTC) + starts
    return first, first + timedelta(days=days)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    first: datetime,
    last: datetime,
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=first,
        not_valid_after=last,
    )
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return builder.add_extension(own, critical=False)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
