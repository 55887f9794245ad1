"""The TLS side of a listening program: certificate, versions, suites, client CA.

The files are read in ``notary.ops.tls_files``, and how clients' certificates are
verified is in ``notary.ops.client_certificates``. Those of our own, for the way to a
signer, are left to that client.
"""

import secrets

from OpenSSL import SSL
from twisted.internet.interfaces import (
    IAddress,
    IOpenSSLServerConnectionCreator,
    IProtocol,
    IProtocolFactory,
    ITransport,
)
from twisted.protocols.tls import TLSMemoryBIOFactory
from zope.interface import implementer

from notary.ops import client_certificates
from notary.ops.client_certificates import ServerConnection
from notary.ops.tls_files import Identity, KeyPair, TLSFiles, read_identity, unusable
from notary.ops.tls_transport import ServerTransport
from notary.pem import PEMError, present
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


@implementer(IOpenSSLServerConnectionCreator)
class ServerTLS:
    """What every TLS connection of the server starts from, until the files change."""

    def __init__(
        self, files: TLSFiles, identity: Identity, *, any_purpose: bool
    ) -> None:
        self._files = files
        self._any_purpose = any_purpose
        self.use(identity)

    def serverConnectionForTLS(  # noqa: N802
        self, protocol: ITransport | None
    ) -> ServerConnection:
        """Return a new connection, which offers no ALPN protocol."""
        return ServerConnection(self._context, protocol)

    @property
    def identity(self) -> Identity:
        """What new connections start from."""
        return self._identity

    def reload(self) -> str:
        """Use what the files hold now for new connections, and tell what that is.

        Raise ``SettingsError`` and change nothing if it cannot be used.
        """
        before, identity = self._identity, read_identity(self._files)
        if identity is None:
            raise SettingsError(["server.tls_cert_file: there is none any more"])
        self.use(identity)
        return identity.changes(before)

    def use(self, identity: Identity) -> None:
        """Start new connections from this, or raise ``SettingsError``."""
        try:
            context = _context(identity.pair)
        except PEMError as error:
            files = self._files.tls_cert_file, self._files.tls_key_file
            raise SettingsError([unusable(*files, error)]) from None
        if identity.authorities:
            client_certificates.require(
                context, identity.authorities, any_purpose=self._any_purpose
            )
        self._identity, self._context = identity, context


def server_tls(files: TLSFiles, *, any_purpose: bool = False) -> ServerTLS | None:
    """Return what to serve TLS with, ``None`` for plain HTTP, or ``SettingsError``.

    Only the signer's site lets ``any_purpose`` pass: it refuses the requests instead.
    """
    identity = read_identity(files)
    if identity is None:
        return None
    return ServerTLS(files, identity, any_purpose=any_purpose)


class TLSFactory(TLSMemoryBIOFactory):
    """Serves another factory over TLS, answering no ALPN and no plain HTTP."""

    def __init__(self, tls: ServerTLS, served: IProtocolFactory) -> None:
        super().__init__(tls, False, _WithoutALPN(served))
        self.protocol = ServerTransport


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


def _context(pair: KeyPair) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(_OPTIONS)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    # Without an id, OpenSSL refuses to resume sessions of clients with certificates.
    context.set_session_id(secrets.token_bytes(16))
    present(context, pair.chain, pair.key)
    context.set_cipher_list(":".join(TLS12_SUITES).encode())
    return context
