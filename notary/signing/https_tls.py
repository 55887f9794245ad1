"""TLS to a signer with pyOpenSSL: our certificate, its authority, its name.

Whatever is wrong with the signer's certificate ends the handshake with a
``Distrusted`` in words for an operator.
"""

from OpenSSL import SSL, crypto
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from notary.pem import PEMError, present
from notary.settings.errors import SettingsError
from notary.signing.client_tls import CERT, ClientTLS
from notary.signing.host_names import is_address, is_for, named

_SUITES = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    b"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"
)
_VERIFY = SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT
_UNKNOWN_AUTHORITY = "is not from an authority in trust_service.tls_ca_file"
# The numbers are OpenSSL's X509_V_ERR_*.
_VERDICTS = {
    7: _UNKNOWN_AUTHORITY,
    9: "is not valid yet",
    10: "has expired",
    18: _UNKNOWN_AUTHORITY,
    19: _UNKNOWN_AUTHORITY,
    20: _UNKNOWN_AUTHORITY,
    21: _UNKNOWN_AUTHORITY,
    26: "is not for a server",
    30: _UNKNOWN_AUTHORITY,
}


class Distrusted(Exception):
    """The peer is not the signer that the settings name; the text says why."""


@implementer(IOpenSSLClientConnectionCreator)
class SignerConnections:
    """Makes TLS connections to the one host that the settings name."""

    def __init__(self, tls: ClientTLS, host: str) -> None:
        self.use(tls)
        self._host = host

    def use(self, tls: ClientTLS) -> None:
        """Start new connections from these files, or raise ``SettingsError``."""
        self._context = client_context(tls)

    def clientConnectionForTLS(  # noqa: N802
        self, protocol: TLSMemoryBIOProtocol
    ) -> SSL.Connection:
        """Return a connection that fails the protocol if the peer is another."""
        connection = SSL.Connection(self._context, None)
        if not is_address(self._host):
            connection.set_tlsext_host_name(self._host.encode("ascii"))

        def verify(
            _connection: SSL.Connection,
            certificate: crypto.X509,
            number: int,
            depth: int,
            accepted: int,
        ) -> bool:
            fault = None if accepted else _verdict(number, depth)
            if fault is None and depth == 0:
                fault = self._misnamed(certificate)
            if fault is not None:
                protocol.failVerification(Failure(Distrusted(fault)))
            return fault is None

        connection.set_verify(_VERIFY, verify)
        return connection

    def _misnamed(self, certificate: crypto.X509) -> str | None:
        leaf = certificate.to_cryptography()
        if is_for(leaf, self._host):
            return None
        names = ", ".join(named(leaf)[:5]) or "nothing"
        return (
            f"its certificate names {names}, but trust_service.hostname is {self._host}"
        )


def client_context(tls: ClientTLS) -> SSL.Context:
    """Return what connections start from: our certificate, and the authorities.

    Raise ``SettingsError`` if OpenSSL refuses our certificate.
    """
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.set_cipher_list(_SUITES)
    context.set_alpn_protos([b"http/1.1"])
    if tls.key is not None:
        try:
            present(context, tls.chain, tls.key)
        except PEMError as error:
            raise SettingsError([f"{CERT}: {error}"]) from None
    store = context.get_cert_store()
    if tls.authorities and store:
        for authority in tls.authorities:
            store.add_cert(crypto.X509.from_cryptography(authority))
        # As in Go and gRPC, every certificate in the file is an authority.
        store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
    else:
        context.set_default_verify_paths()
    return context


def _verdict(number: int, depth: int) -> str:
    words = _VERDICTS.get(number, f"is not valid (OpenSSL's reason {number})")
    is_leaf = depth == 0 or words == _UNKNOWN_AUTHORITY
    return f"{'its certificate' if is_leaf else 'a certificate of its chain'} {words}"
