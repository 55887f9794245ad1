"""The bundle of certificates that chains of tokens end in, with Go's messages."""

import re
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509

from notary.auth import files
from notary.auth.files import KeysError
from notary.auth.jwk import UnusableKey
from notary.auth.keyset import certificate_key

_BLOCK = re.compile(
    rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL
)


def read_bundle(path: Path) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a PEM file, at least one, or raise ``KeysError``.

    Blocks of any other kind, private keys for instance, are passed over.
    """
    try:
        content = files.read(path)
    except KeysError as error:
        raise KeysError(
            f'unable to open token auth root certificate bundle file "{path}": {error}'
        ) from None
    found = tuple(_certificates(content))
    if not found:
        raise KeysError(
            "token auth requires at least one token signing root certificate"
        )
    return found


def _certificates(content: bytes) -> Iterator[x509.Certificate]:
    for number, block in enumerate(_BLOCK.findall(content), 1):
        try:
            certificate = x509.load_pem_x509_certificate(block)
        except (ValueError, x509.InvalidVersion):
            raise KeysError(
                "unable to parse token auth root certificate: number"
                f" {number} is damaged"
            ) from None
        try:
            certificate_key(certificate)
        except UnusableKey as error:
            raise KeysError(
                "unable to get public key from token auth root certificate: number"
                f" {number}: {error}"
            ) from None
        yield certificate
