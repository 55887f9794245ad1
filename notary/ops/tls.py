"""The TLS side of the listening server: certificate, versions, suites, client CA.

Client certificates of our own, for the way to a signer, are left to that client.
"""

import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL, crypto
from twisted.internet.interfaces import (
    IAddress,
    IOpenSSLServerConnectionCreator,
    IProtocol,
    IProtocolFactory,
)
from twisted.protocols.tls import BufferingTLSTransport, TLSMemoryBIOFactory
from zope.interface import implementer

from notary.settings import ServerSettings, SettingsError

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

_KEY_BLOCK = re.compile(
    rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL
)

ServerKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey

_HTTP_BEGINNINGS = (b"GET /", b"HEAD ", b"POST ", b"PUT /", b"DELET", b"OPTIO")
_REFUSAL = (
    b"HTTP/1.0 400 Bad Request\r\nConnection: close\r\n\r\n"
    b"Client sent an HTTP request to an HTTPS server.\n"
)


@implementer(IOpenSSLServerConnectionCreator)
@frozen
class ServerTLS:
    """What every TLS connection of the server starts from."""

    context: SSL.Context

    def serverConnectionForTLS(  # noqa: N802
        self,
        protocol: object,  # noqa: ARG002
    ) -> SSL.Connection:
        """Return a new connection, which offers no ALPN protocol."""
        return SSL.Connection(self.context, None)


def server_tls(server: ServerSettings) -> ServerTLS | None:
    """Return what to serve TLS with, ``None`` for plain HTTP, or ``SettingsError``."""
    if server.tls_cert_file is None or server.tls_key_file is None:
        return None
    problems: list[str] = []
    pair = _key_pair(server.tls_cert_file, server.tls_key_file, problems)
    authorities: Sequence[x509.Certificate] = ()
    if server.client_ca_file is not None:
        authorities = _client_ca(server.client_ca_file, problems)
    if problems or pair is None:
        raise SettingsError(problems)
    return ServerTLS(_context(pair, authorities))


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
class _Pair:
    chain: Sequence[x509.Certificate]
    key: ServerKey


def _context(pair: _Pair, authorities: Sequence[x509.Certificate]) -> SSL.Context:
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
    store = context.get_cert_store()
    if authorities and store:
        for authority in authorities:
            store.add_cert(crypto.X509.from_cryptography(authority))
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
    context.set_cipher_list(":".join(TLS12_SUITES).encode())
    return context


def _key_pair(cert: Path, key: Path, problems: list[str]) -> _Pair | None:
    pair = f'Could not load X509 key pair (cert: "{cert}", key: "{key}")'
    try:
        chain = _certificates(cert)
        private = _private_key(key)
        if chain[0].public_key() != private.public_key():
            raise ValueError("private key does not match public key")
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        problems.append(f"server.tls_cert_file: {pair}: {_reason(error)}")
        return None
    return _Pair(chain, private)


def _client_ca(path: Path, problems: list[str]) -> Sequence[x509.Certificate]:
    try:
        return _certificates(path)
    except (OSError, ValueError) as error:
        problems.append(
            f'server.client_ca_file: could not read CA certificate "{path}":'
            f" {_reason(error)}"
        )
        return ()


def _certificates(path: Path) -> Sequence[x509.Certificate]:
    content = path.read_bytes()
    try:
        return x509.load_pem_x509_certificates(content)
    except ValueError:
        raise ValueError(f"{path} holds no readable PEM certificate") from None


def _private_key(path: Path) -> ServerKey:
    # As in Go, other blocks may come first: EC PARAMETERS, or the certificate.
    block = _KEY_BLOCK.search(path.read_bytes())
    try:
        key = load_pem_private_key(block[0] if block else b"", password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The library's own words may quote the file: ours do not.
        raise ValueError(f"{path} holds no readable, unencrypted PEM key") from None
    if not isinstance(key, ServerKey):
        raise ValueError(f"{path} holds a key that is neither RSA, ECDSA nor Ed25519")
    return key


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"open {error.filename}: {(error.strerror or 'failed').lower()}"
    return str(error)
