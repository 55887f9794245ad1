"""Certificates and private keys from PEM files, for every side of every connection.

The messages are one line, name the file, and never quote it.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from OpenSSL import SSL

from notary.bounded_file import Unreadable, bounded_file

TLSKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey

MAX_BYTES = 4 * 1024 * 1024
MIN_RSA_BITS = 2048
"""What OpenSSL asks for, too."""

_KEY_BLOCK = re.compile(
    rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL
)


class PEMError(Exception):
    """A file cannot be read, or does not hold what it should."""


def read_certificates(path: Path) -> tuple[x509.Certificate, ...]:
    """Return the certificates in the file, at least one, or raise ``PEMError``."""
    try:
        return tuple(x509.load_pem_x509_certificates(_read(path)))
    except (ValueError, x509.InvalidVersion):
        raise PEMError(f"{path} holds no readable PEM certificate") from None


def read_private_key(path: Path) -> TLSKey:
    """Return the first private key in the file or raise ``PEMError``."""
    # As in Go, other blocks may come first: EC PARAMETERS, or the certificate.
    block = _KEY_BLOCK.search(_read(path))
    try:
        key = load_pem_private_key(block[0] if block else b"", password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The library's own words may quote the file.
        raise PEMError(f"{path} holds no readable, unencrypted PEM key") from None
    if not isinstance(key, TLSKey):
        raise PEMError(f"{path} holds a key that is neither RSA, ECDSA nor Ed25519")
    if isinstance(key, RSAPrivateKey) and key.key_size < MIN_RSA_BITS:
        raise PEMError(f"{path} holds an RSA key of less than {MIN_RSA_BITS} bits")
    return key


def certificates_to_pem(certificates: Iterable[x509.Certificate]) -> bytes:
    """Return the certificates one after the other."""
    return b"".join(each.public_bytes(Encoding.PEM) for each in certificates)


def key_to_pem(key: TLSKey) -> bytes:
    """Return the key as PKCS #8, not encrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def present(
    context: SSL.Context, chain: Sequence[x509.Certificate], key: TLSKey
) -> None:
    """Let connections of the context show a chain, or raise ``PEMError``.

    OpenSSL has rules of its own, which depend on its version and its configuration.
    """
    try:
        context.use_certificate(chain[0])
        for certificate in chain[1:]:
            context.add_extra_chain_cert(certificate)
        context.use_privatekey(key)
    except SSL.Error as error:
        raise PEMError(f"OpenSSL refuses it: {reasons(error)}") from None


def reasons(error: SSL.Error) -> str:
    """Return the reasons that OpenSSL gives for an error, empty if it gives none."""
    known = error.args[0] if error.args else ()
    if not isinstance(known, list):  # A connection that was cut: an errno, or nothing.
        return ""
    said = [str(each[-1]) for each in known if isinstance(each, tuple)]
    return ", ".join(filter(None, said))


def shown(certificate: x509.Certificate) -> str:
    """Return whose certificate it is, until when, and how to recognise it."""
    try:
        subject = certificate.subject.rfc4514_string()[:100]
    except (ValueError, TypeError):
        subject = "(unreadable)"
    digest = certificate.fingerprint(SHA256()).hex()[:16]
    until = certificate.not_valid_after_utc
    return f"{subject!r} until {until:%Y-%m-%d %H:%M} UTC (SHA-256 {digest}...)"


def _read(path: Path) -> bytes:
    try:
        return bounded_file(path, MAX_BYTES)
    except Unreadable as error:
        raise PEMError(str(error)) from None
