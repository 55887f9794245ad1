"""The TLS side of a listening program: certificate, versions, suites, client CA.

How clients' certificates are verified is in ``notary.ops.client_certificates``. Those
of our own, for the way to a signer, are left to that client.
"""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from attrs import frozen
from cryptography import x509
from OpenSSL import SSL
from twisted.internet.interfaces import (
    IAddress,
    IOpenSSLServerConnectionCreator,
    IProtocol,
    IProtocolFactory,
    ITransport,
)
from twisted.protocols.tls import BufferingTLSTransport, TLSMemoryBIOFactory
from zope.interface import implementer

from notary.ops import client_certificates
from notary.ops.client_certificates import ServerConnection
from notary.pem import PEMError, TLSKey, read_certificates, read_private_key
from notary.settings import SettingsError

# The suites of TLS 1.2 that the Go server offers; those of 1.3 are not configurable.
TLS12_SUITES = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-SHA",
    "ECDHE-RSA-AES256-SHA",
)

_OPTIONS = (
    SSL.OP_CIPHER_SERVER_PREFERENCE | SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION
)

_HTTP_BEGINNINGS = (b"GET /", b"HEAD ", b"POST ", b"PUT /", b"DELET", b"OPTIO")
_REFUSAL = (
    b"HTTP/1.0 400 Bad Request\r\nConnection: close\r\n\r\n"
    b"Client sent an HTTP request to an HTTPS server.\n"
)


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


@implementer(IOpenSSLServerConnectionCreator)
@frozen
class ServerTLS:
    """What every TLS connection of the server starts from."""

    context: SSL.Context

    def serverConnectionForTLS(  # noqa: N802
        self, protocol: ITransport | None
    ) -> ServerConnection:
        """Return a new connection, which offers no ALPN protocol."""
        return ServerConnection(self.context, protocol)


def server_tls(server: TLSFiles, *, any_purpose: bool = False) -> ServerTLS | None:
    """Return what to serve TLS with, ``None`` for plain HTTP, or ``SettingsError``.

    Only the signer's site lets ``any_purpose`` pass: it refuses the requests instead.
    """
    if server.tls_cert_file is None or server.tls_key_file is None:
        return None
    problems: list[str] = []
    pair = key_pair(server.tls_cert_file, server.tls_key_file, problems)
    authorities: Sequence[x509.Certificate] = ()
    if server.client_ca_file is not None:
        authorities = client_authorities(server.client_ca_file, problems)
    if problems or pair is None:
        raise SettingsError(problems)
    context = _context(pair)
    if authorities:
        client_certificates.require(context, authorities, any_purpose=any_purpose)
    return ServerTLS(context)


class TLSFactory(TLSMemoryBIOFactory):
    """Serves another factory over TLS, answering no ALPN and no plain HTTP."""

    def __init__(self, tls: ServerTLS, served: IProtocolFactory) -> None:
        super().__init__(tls, False, _WithoutALPN(served))
        self.protocol = _HTTPSOnly


class _HTTPSOnly(BufferingTLSTransport):
    """TLS that tells a client in plain words when it does not speak TLS."""

    _began = False

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if not self._began:
            self._began = True
            if self.transport and data.startswith(_HTTP_BEGINNINGS):
                self.transport.write(_REFUSAL)
                self.transport.loseConnection()
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]


@implementer(IProtocolFactory)
class _WithoutALPN:
    """Only what a factory must do, so that TLS finds no protocols to negotiate."""

    def __init__(self, served: IProtocolFactory) -> None:
        self._served = served

    def buildProtocol(self, addr: IAddress) -> IProtocol | None:  # noqa: N802
        return self._served.buildProtocol(addr)

    def doStart(self) -> None:  # noqa: N802
        self._served.doStart()

    def doStop(self) -> None:  # noqa: N802
        self._served.doStop()


@frozen
class KeyPair:
    """A certificate, followed by its issuers, and its private key."""

    chain: Sequence[x509.Certificate]
    key: TLSKey


def _context(pair: KeyPair) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(_OPTIONS)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    # Without an id, OpenSSL refuses to resume sessions of clients with certificates.
    context.set_session_id(secrets.token_bytes(16))
    context.use_certificate(pair.chain[0])
    for certificate in pair.chain[1:]:
        context.add_extra_chain_cert(certificate)
    context.use_privatekey(pair.key)
    context.set_cipher_list(":".join(TLS12_SUITES).encode())
    return context


def key_pair(cert: Path, key: Path, problems: list[str]) -> KeyPair | None:
    """Return what both files hold, or ``None`` after noting why it is unusable."""
    try:
        chain, private = read_certificates(cert), read_private_key(key)
        if chain[0].public_key() != private.public_key():
            raise PEMError("private key does not match public key")
    except PEMError as error:
        problems.append(
            "server.tls_cert_file: Could not load X509 key pair"
            f' (cert: "{cert}", key: "{key}"): {error}'
        )
        return None
    return KeyPair(chain, private)


def client_authorities(path: Path, problems: list[str]) -> Sequence[x509.Certificate]:
    """Return the certificates in the file, or none after noting the problem."""
    try:
        return read_certificates(path)
    except PEMError as error:
        problems.append(
            f'server.client_ca_file: could not read CA certificate "{path}": {error}'
        )
        return ()
