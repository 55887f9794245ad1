"""What the gRPC server needs for TLS, read and checked before anything starts."""

from collections.abc import Sequence
from pathlib import Path

import grpc
from attrs import field, frozen
from cryptography import x509

from notary.ops.tls import client_authorities, key_pair
from notary.pem import certificates_to_pem, key_to_pem
from notary.settings.errors import SettingsError


@frozen
class RPCTLS:
    """Certificate, key and the authorities of clients, all in PEM.

    With authorities, every client must have a certificate of one of them.
    """

    chain: bytes
    key: bytes = field(repr=False)
    authorities: bytes | None

    def credentials(self) -> grpc.ServerCredentials:
        """Return them as grpcio takes them; this starts the library."""
        return grpc.ssl_server_credentials(
            [(self.key, self.chain)],
            root_certificates=self.authorities,
            require_client_auth=self.authorities is not None,
        )


def rpc_tls(certificate: Path, key: Path, client_ca: Path | None) -> RPCTLS:
    """Return what the files hold, or raise ``SettingsError`` with every problem."""
    problems: list[str] = []
    pair = key_pair(certificate, key, problems)
    authorities: Sequence[x509.Certificate] = ()
    if client_ca is not None:
        authorities = client_authorities(client_ca, problems)
    if problems or pair is None:
        raise SettingsError(problems)
    return RPCTLS(
        certificates_to_pem(pair.chain),
        key_to_pem(pair.key),
        certificates_to_pem(authorities) if client_ca else None,
    )
