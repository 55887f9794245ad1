"""What a listening program's TLS files hold: read, checked, compared after a reload.

What connections are made of it is left to ``notary.ops.tls`` and the gRPC server.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from attrs import frozen
from cryptography import x509

from notary.pem import (
    PEMError,
    TLSKey,
    read_certificates,
    read_private_key,
    shown,
)
from notary.settings import SettingsError


class TLSFiles(Protocol):
    """The settings of whoever listens, server or signer."""

    @property
    def tls_cert_file(self) -> Path | None:
        """The certificate, followed by its issuers."""

    @property
    def tls_key_file(self) -> Path | None:
        """Its private key."""

    @property
    def client_ca_file(self) -> Path | None:
        """The authorities of the clients, who need no certificate without it."""


@frozen
class KeyPair:
    """A certificate, followed by its issuers, and its private key."""

    chain: Sequence[x509.Certificate]
    key: TLSKey


@frozen
class Identity:
    """Who the program is, and the authorities of its clients, if they need any."""

    pair: KeyPair
    authorities: Sequence[x509.Certificate]

    def changes(self, before: "Identity") -> str:
        """Return what is different now, in words for a log."""
        said = []
        if list(self.pair.chain) != list(before.pair.chain):
            said.append(f"new certificate {shown(self.pair.chain[0])}")
        if list(self.authorities) != list(before.authorities):
            said.append(f"new client CA {', '.join(map(shown, self.authorities))}")
        return "; ".join(said) or "nothing has changed"


def read_identity(files: TLSFiles) -> Identity | None:
    """Return what the files hold, ``None`` for no TLS, or raise ``SettingsError``."""
    if files.tls_cert_file is None or files.tls_key_file is None:
        return None
    problems: list[str] = []
    pair = _key_pair(files.tls_cert_file, files.tls_key_file, problems)
    authorities: Sequence[x509.Certificate] = ()
    if files.client_ca_file is not None:
        authorities = _client_authorities(files.client_ca_file, problems)
    if problems or pair is None:
        raise SettingsError(problems)
    return Identity(pair, authorities)


def _key_pair(cert: Path, key: Path, problems: list[str]) -> KeyPair | None:
    try:
        chain, private = read_certificates(cert), read_private_key(key)
        if chain[0].public_key() != private.public_key():
            raise PEMError("private key does not match public key")
    except PEMError as error:
        problems.append(unusable(cert, key, error))
        return None
    return KeyPair(chain, private)


def unusable(cert: object, key: object, reason: object) -> str:
    """Return the line that says why certificate and key cannot be used."""
    return (
        "server.tls_cert_file: Could not load X509 key pair"
        f' (cert: "{cert}", key: "{key}"): {reason}'
    )


def _client_authorities(path: Path, problems: list[str]) -> Sequence[x509.Certificate]:
    try:
        return read_certificates(path)
    except PEMError as error:
        problems.append(
            f'server.client_ca_file: could not read CA certificate "{path}": {error}'
        )
        return ()
