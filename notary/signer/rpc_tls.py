"""What the gRPC server needs for TLS, read and checked before anything starts."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import cast

import grpc
from attrs import frozen

from notary.ops.tls_files import Identity, read_identity
from notary.pem import certificates_to_pem, key_to_pem
from notary.settings.errors import SettingsError


@frozen
class _Files:
    tls_cert_file: Path
    tls_key_file: Path
    client_ca_file: Path | None


class RPCTLS:
    """What connections start from, until the files change; grpcio asks in threads.

    With an authority of clients, every client must have a certificate of it.
    """

    def __init__(self, files: _Files, identity: Identity) -> None:
        self._files = files
        self._identity = identity
        self._changed = threading.Event()

    @property
    def identity(self) -> Identity:
        """What new connections start from."""
        return self._identity

    @property
    def demands_certificates(self) -> bool:
        """Tell whether clients must have one."""
        return self._files.client_ca_file is not None

    def credentials(self) -> grpc.ServerCredentials:
        """Return them as grpcio takes them; this starts the library."""
        return grpc.dynamic_ssl_server_credentials(
            self._configuration(),
            # Its annotation leaves out None, which its documentation asks for.
            cast(Callable[[], grpc.ServerCertificateConfiguration], self._news),
            require_client_authentication=self.demands_certificates,
        )

    def read(self) -> Identity:
        """Return what the files hold now, or raise ``SettingsError``."""
        return _read(self._files)

    def use(self, identity: Identity) -> str:
        """Start new connections from this, and tell what is different."""
        before, self._identity = self._identity, identity
        self._changed.set()
        return identity.changes(before)

    def _news(self) -> grpc.ServerCertificateConfiguration | None:
        """Return what a connection starts from, or ``None`` for what the last had."""
        if not self._changed.is_set():
            return None
        self._changed.clear()
        return self._configuration()

    def _configuration(self) -> grpc.ServerCertificateConfiguration:
        pair = self._identity.pair
        return grpc.ssl_server_certificate_configuration(
            [(key_to_pem(pair.key), certificates_to_pem(pair.chain))],
            certificates_to_pem(self._identity.authorities) or None,
        )


def rpc_tls(certificate: Path, key: Path, client_ca: Path | None) -> RPCTLS:
    """Return what the files hold, or raise ``SettingsError`` with every problem."""
    files = _Files(certificate, key, client_ca)
    return RPCTLS(files, _read(files))


def _read(files: _Files) -> Identity:
    identity = read_identity(files)
    if identity is None:
        raise SettingsError(["server.tls_cert_file: there is none"])
    return identity
