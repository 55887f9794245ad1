"""Handshakes: client certificates required and verified, and failures logged.

A client of TLS 1.3 learns of its refusal late and in two words, if at all: the log of
the side that refuses is where somebody can find out why.
"""

from collections.abc import Sequence

from cryptography import x509
from OpenSSL import SSL, crypto
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import ITransport
from twisted.logger import Logger

from notary.pem import reasons
from notary.settings.address import join_host_port

_INVALID_PURPOSE = 26
_STRANGER = "it was issued by an authority that is not in client_ca_file"
# The errors of X509_verify_cert(3) that a client's certificate can run into.
_REASONS = {
    2: "one of its issuers is missing",
    7: f"{_STRANGER}, but has the name of one that is",
    9: "it is not valid yet",
    10: "it has expired",
    18: "it is self-signed and not in client_ca_file",
    19: _STRANGER,
    20: _STRANGER,
    21: _STRANGER,
    _INVALID_PURPOSE: "it is not made for clients: its extendedKeyUsage lacks"
    " clientAuth",
    79: "it was issued by a certificate that is no CA",
}
# What a client that refuses our certificate says; Go's say "bad certificate" to all.
_REFUSALS = (
    "bad certificate",
    "certificate expired",
    "certificate unknown",
    "decrypt error",  # of OpenSSL, if its own CA has the name of ours
    "unknown ca",
)
_REFUSES_OURS = (
    ": it does not trust our certificate: see its CA file, the name it has asked"
    " for, and when the certificate expires"
)
_NONE_SENT = "peer did not return a certificate"

_log = Logger()


class ServerConnection(SSL.Connection):
    """The server's side of a connection; ``transport`` knows the client's address."""

    refusal = ""

    def __init__(self, context: SSL.Context, transport: ITransport | None) -> None:
        super().__init__(context, None)
        self._client = transport

    def do_handshake(self) -> None:
        """Go on with the handshake; log why it fails, unless nothing was said."""
        try:
            super().do_handshake()
        except SSL.WantReadError:
            raise
        except SSL.Error as error:
            if _NONE_SENT in str(error):
                self.refusal = "it has sent no certificate, and one is required"
            if self.refusal:
                _log.warn(
                    "TLS client {peer} refused: {reason}",
                    peer=self._peer(),
                    reason=self.refusal,
                )
            elif reason := _reason(error):
                _log.info(
                    "TLS client {peer} not connected: {reason}",
                    peer=self._peer(),
                    reason=reason,
                )
            raise

    def _peer(self) -> str:
        address = self._client.getPeer() if self._client else None
        if isinstance(address, IPv4Address | IPv6Address):
            return join_host_port(address.host, address.port)
        return "of unknown address"


def _reason(error: SSL.Error) -> str:
    """Return what OpenSSL says of a failure, empty if the client only hung up."""
    reason = reasons(error)
    refused = "alert" in reason and any(each in reason for each in _REFUSALS)
    return reason + (_REFUSES_OURS if refused else "")


def require(
    context: SSL.Context, authorities: Sequence[x509.Certificate], *, any_purpose: bool
) -> None:
    """Accept only clients with a certificate that one of the authorities vouches for.

    As in Go, an authority need not be self-signed, nor in fact be one: a client's own
    certificate vouches for itself. With ``any_purpose`` certificates that are not for
    clients pass: whoever answers the requests refuses them, and can say why.
    """
    store = context.get_cert_store()
    if store is None:
        raise ValueError("a context without a store verifies nobody")
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
    for authority in authorities:
        store.add_cert(crypto.X509.from_cryptography(authority))

    def verify(
        connection: SSL.Connection,
        certificate: crypto.X509,
        error: int,
        depth: int,
        verified: int,
    ) -> bool:
        if verified or (any_purpose and error == _INVALID_PURPOSE and depth == 0):
            return True
        if isinstance(connection, ServerConnection):
            connection.refusal = _refusal(certificate, error, depth)
        return False

    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, verify)


def _refusal(certificate: crypto.X509, error: int, depth: int) -> str:
    whose = "certificate" if depth == 0 else "certificate's issuer"
    reason = _REASONS.get(error, f"error {error} of X509_verify_cert")
    return f"its {whose} {_subject(certificate)}: {reason}"


def _subject(certificate: crypto.X509) -> str:
    try:
        subject = certificate.to_cryptography().subject
        return repr(subject.rfc4514_string()[:200])
    except (ValueError, TypeError, x509.InvalidVersion):
        return "with an unreadable subject"
