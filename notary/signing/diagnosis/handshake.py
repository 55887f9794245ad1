"""One TLS connection to a signer, made to see all of it and to trust nothing of it.

Verification is recorded instead of ending the handshake, so that one run can tell of
every fault. Both application protocols are offered. Nothing is sent but a greeting
that asks for no more than the health. What it all means is left to the steps.
"""

import socket
import time
from collections.abc import Sequence
from contextlib import suppress

from attrs import Factory, define
from cryptography import x509
from OpenSSL import SSL, crypto

from notary.pem import reasons
from notary.settings.model import TrustServiceSettings
from notary.signing.client_tls import ClientTLS
from notary.signing.diagnosis.wire import Wire
from notary.signing.host_names import is_address
from notary.signing.https_tls import client_context
from notary.signing.link import MAX_ANSWER_BYTES, one_line

H2 = b"h2"
HTTP = b"http/1.1"
CLOSED = "closed"
"""How a connection ended without an alert."""

_H2_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
_HTTP_GREETING = (
    "GET /v1/health HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\n"
    "Connection: close\r\n\r\n"
)
_FRAME_HEADER_BYTES = 9
_ASKED = b"read server certificate request"


class NoHandshake(Exception):
    """It came to no certificate of the peer; ``heard`` are its first bytes."""

    def __init__(self, reason: str, heard: bytes) -> None:
        super().__init__(reason)
        self.heard = heard


@define
class Handshake:
    """What a connection has shown of the peer."""

    chain: Sequence[x509.Certificate] = ()
    """As presented: never empty at the end."""

    faults: dict[int, x509.Certificate] = Factory(dict)
    """OpenSSL's number of each, and the first certificate that has it."""

    version: str = ""
    alpn: bytes = b""
    asks_for_certificate: bool = False
    authorities: Sequence[bytes] = ()
    """The DER names of those whose clients are welcome; none if it does not say."""

    end: str | None = None
    """How it ended before anything was answered: ``CLOSED``, or OpenSSL's words."""

    answer: bytes = b""


def shake_hands(
    sock: socket.socket,
    tls: ClientTLS,
    trust: TrustServiceSettings,
    offers: Sequence[bytes],
) -> Handshake:
    """Return what the peer shows on the connected socket, which is closed then.

    Raise ``NoHandshake``, and ``TimeoutError`` if that comes of no answer.
    """
    seen, host = Handshake(), trust.hostname
    context = client_context(tls)
    _make_watching(context, seen, offers)
    connection = SSL.Connection(context, None)
    connection.set_connect_state()
    if not is_address(host):
        connection.set_tlsext_host_name(host.encode("ascii"))
    wire = Wire(sock, connection, time.monotonic() + trust.deadline_seconds)
    with sock:
        try:
            wire.drive(connection.do_handshake)
        except (SSL.Error, OSError) as error:
            _note(seen, connection)
            if not seen.chain:
                raise _failure(error, wire.heard) from None
            seen.end = _ending(error)
            return seen
        _note(seen, connection)
        _greet(seen, wire, host)
    return seen


def _greet(seen: Handshake, wire: Wire, host: str) -> None:
    """Say something and note what comes back, if only that it is over."""
    is_h2 = seen.alpn == H2
    greeting = _H2_GREETING if is_h2 else _HTTP_GREETING.format(host=host).encode()
    enough = _FRAME_HEADER_BYTES if is_h2 else MAX_ANSWER_BYTES
    try:
        wire.drive(lambda: wire.connection.sendall(greeting))
        while len(seen.answer) < enough:
            seen.answer += wire.drive(lambda: wire.connection.recv(MAX_ANSWER_BYTES))
    except TimeoutError:
        return
    except (SSL.Error, OSError) as error:
        if not seen.answer:
            seen.end = _ending(error)


def _make_watching(
    context: SSL.Context, seen: Handshake, offers: Sequence[bytes]
) -> None:
    def record(
        _connection: SSL.Connection,
        certificate: crypto.X509,
        number: int,
        _depth: int,
        accepted: int,
    ) -> bool:
        if not accepted:
            # One that cannot be read is noticed when the chain is.
            with suppress(ValueError, x509.InvalidVersion):
                seen.faults.setdefault(number, certificate.to_cryptography())
        return True

    def watch(connection: SSL.Connection, _where: int, _result: int) -> None:
        if _ASKED in connection.get_state_string():
            seen.asks_for_certificate = True

    context.set_alpn_protos(list(offers))
    context.set_verify(SSL.VERIFY_PEER, record)
    context.set_info_callback(watch)


def _note(seen: Handshake, connection: SSL.Connection) -> None:
    """Keep what the connection knows of its peer by now."""
    try:
        presented = connection.get_peer_cert_chain(as_cryptography=True)
    except ValueError:
        raise NoHandshake("its certificate cannot be read", b"") from None
    seen.chain = tuple(presented or ())
    seen.version = connection.get_protocol_version_name()
    seen.alpn = connection.get_alpn_proto_negotiated()
    seen.authorities = tuple(name.der() for name in connection.get_client_ca_list())


def _failure(error: Exception, heard: bytes) -> Exception:
    if isinstance(error, TimeoutError):
        return error
    return NoHandshake(_ending(error), heard)


def _ending(error: Exception) -> str:
    """Return what OpenSSL says of the error, an alert if there was one."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return one_line(reasons(error) if isinstance(error, SSL.Error) else "") or CLOSED
