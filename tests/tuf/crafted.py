"""Certificates that no tool would make any more, cut out of good ones."""

import base64
import sys
import textwrap
from collections.abc import Callable
from typing import Any

from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from notary.tuf.keys import PublicKey
from tests.publisher import NOW, Key

_SHA256_RSA = bytes.fromhex("2a864886f70d01010b")
_SHA1_RSA = bytes.fromhex("2a864886f70d010105")
_VERSION_3 = bytes.fromhex("a003020102")
_VERSION_4 = bytes.fromhex("a003020103")
_TEXT_AS_NAME = bytes.fromhex("06035504030c")
_BITS_AS_NAME = bytes.fromhex("060355040303")
_X400_ADDRESS = bytes.fromhex("3004a3020500")


def pem(der: bytes, label: str = "CERTIFICATE") -> bytes:
    """Return the bytes in the PEM form that Go writes."""
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    body = "\n".join(lines)
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n".encode()


def der(certificate: x509.Certificate) -> bytes:
    """Return the certificate as DER."""
    return certificate.public_bytes(Encoding.DER)


def signed_with_sha1(certificate: x509.Certificate) -> bytes:
    """Return an RSA certificate as PEM that claims to be signed with SHA-1."""
    assert der(certificate).count(_SHA256_RSA) == 2
    return pem(der(certificate).replace(_SHA256_RSA, _SHA1_RSA))


def rsa_numbers(bits: int, exponent: int) -> bytes:
    """Return as PKIX DER a public RSA key that nobody has the private part of."""
    modulus = 1 << (bits - 1) | 1
    numbers = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    return numbers.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def certificate_of(public: bytes, name: str) -> bytes:
    """Return a certificate as PEM of any public key, signed with another one."""
    maker = ec.generate_private_key(ec.SECP256R1())
    subject = named(name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(load_der_public_key(public))
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW)
    )
    return pem(builder.sign(maker, hashes.SHA256()).public_bytes(Encoding.DER))


def of_version_4(certificate: x509.Certificate) -> bytes:
    """Return the certificate as PEM with a version that does not exist."""
    return pem(der(certificate).replace(_VERSION_3, _VERSION_4, 1))


def of_the_year_0(certificate: x509.Certificate) -> bytes:
    """Return a certificate that ends on 1 January 2060 as PEM, ending in year 0."""
    assert b"20600101000000Z" in der(certificate)
    return pem(der(certificate).replace(b"20600101000000Z", b"00000101000000Z"))


def named_in_bits(certificate: x509.Certificate) -> bytes:
    """Return the certificate as PEM with bits where the text of its name should be."""
    assert _TEXT_AS_NAME in der(certificate)
    return pem(der(certificate).replace(_TEXT_AS_NAME, _BITS_AS_NAME))


def made(private: Any, name: x509.Name, *extensions: x509.UnrecognizedExtension):
    """Return a self-signed certificate with any subject and any extensions."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(private, hashes.SHA256())


def with_an_x400_address(private: Any) -> bytes:
    """Return a certificate whose alternative name is of a kind nobody reads."""
    oid = x509.ExtensionOID.SUBJECT_ALTERNATIVE_NAME
    extension = x509.UnrecognizedExtension(oid, _X400_ADDRESS)
    return made(private, named("gun"), extension).public_bytes(Encoding.PEM)


def named(*names: str) -> x509.Name:
    """Return a subject with these common names, however many and long."""
    oid = x509.NameOID.COMMON_NAME
    return x509.Name([x509.NameAttribute(oid, n, _validate=False) for n in names])


def with_public(key: Key, public: bytes, keytype: str | None = None) -> Key:
    """Return the key with another public form, to which its signatures then name."""
    return evolve(key, public=PublicKey(keytype or key.public.keytype, public))


def calls(function: Callable[[], object]) -> int:
    """Return how many functions it calls, in Python and in C."""
    count = 0

    def profile(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count
