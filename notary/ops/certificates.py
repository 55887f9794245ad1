"""Certificates of an authority of one's own: of what kind they are, and their files.

All keys are ECDSA on P-256. Which certificates there are, and for whom, is left to
``notary.ops.development`` and ``notary.ops.make_certificates``.
"""

import ipaddress
import os
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from attrs import field, frozen
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SERVER = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH

# For others whose clocks are behind.
_TOLERANCE = timedelta(hours=1)


@frozen
class Life:
    """When a certificate is valid, by aware times."""

    first: datetime
    last: datetime

    @classmethod
    def of(cls, now: datetime, days: int) -> "Life":
        """Return so many days, of which an hour is past already."""
        first = now - _TOLERANCE
        return cls(first, first + timedelta(days=days))


@frozen
class Authority:
    """A CA that issues certificates to programs, and to no further CAs."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def new(cls, common_name: str, life: Life) -> "Authority":
        """Return a new one, which vouches for itself."""
        key = new_key()
        subject = _name(common_name)
        builder = (
            _builder(subject, subject, key.public_key(), life)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(ca=True), critical=True)
        )
        return cls(builder.sign(key, SHA256()), key)

    def issue(
        self,
        common_name: str,
        key: ec.EllipticCurvePublicKey,
        purpose: x509.ObjectIdentifier,
        life: Life,
        names: Sequence[x509.GeneralName] = (),
    ) -> x509.Certificate:
        """Return a certificate for one purpose, with the names of the host, if any.

        It is valid no longer than that of the authority.
        """
        issuer = self.certificate.subject
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(
            self.key.public_key()
        )
        last = min(life.last, self.certificate.not_valid_after_utc)
        builder = _builder(_name(common_name), issuer, key, Life(life.first, last))
        for extension, critical in (
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_usage(ca=False), True),
            (x509.ExtendedKeyUsage([purpose]), False),
            (identifier, False),
        ):
            builder = builder.add_extension(extension, critical=critical)
        if names:
            alternative = x509.SubjectAlternativeName(names)
            builder = builder.add_extension(alternative, critical=False)
        return builder.sign(self.key, SHA256())


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a new private key."""
    return ec.generate_private_key(ec.SECP256R1())


def host_names(hosts: Sequence[str]) -> list[x509.GeneralName]:
    """Return hosts, by name or address, as certificates have them."""
    return [_host_name(host) for host in hosts]


def write(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file, all of it or nothing."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def _host_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    life: Life,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(life.first)
        .not_valid_after(life.last)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
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
