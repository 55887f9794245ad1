"""TLS handshakes in memory: our server's side against Python's own client."""

import ssl
from contextlib import suppress
from pathlib import Path

from attrs import frozen
from OpenSSL import SSL
from twisted.internet.interfaces import ITransport

from notary.ops.tls import ServerTLS


@frozen
class Agreed:
    """What both sides agreed on."""

    version: str
    suite: str
    alpn: str | None


def client_context(authority: Path) -> ssl.SSLContext:
    """Return a context that trusts nobody but this authority."""
    return ssl.create_default_context(cafile=str(authority))


def handshake(
    tls: ServerTLS,
    client: ssl.SSLContext,
    name: str,
    transport: ITransport | None = None,
) -> Agreed:
    """Complete a handshake and exchange a word, or raise what either side raises.

    ``transport`` is that of the server's side.
    """
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client_side = client.wrap_bio(incoming, outgoing, server_hostname=name)
    server_side = tls.serverConnectionForTLS(transport)
    server_side.set_accept_state()
    received = b""
    for _ in range(10):
        received += _step(client_side, server_side, incoming, outgoing)
        if received == b"hello":
            break
    assert received == b"hello"
    suite, _, _ = client_side.cipher()
    return Agreed(client_side.version(), suite, client_side.selected_alpn_protocol())


def _step(client_side, server_side, incoming, outgoing) -> bytes:
    try:
        client_side.do_handshake()
        client_side.write(b"hello")
    except ssl.SSLWantReadError:
        pass
    except ssl.SSLError:
        _tell(server_side, outgoing)
        raise
    if outgoing.pending:
        server_side.bio_write(outgoing.read())
    received = b""
    try:
        server_side.do_handshake()
        received = server_side.recv(100)
    except SSL.WantReadError:
        pass
    finally:
        _flush(server_side, incoming)
    return received


def _tell(server_side, outgoing) -> None:
    """Let the server hear why the client gives up."""
    server_side.bio_write(outgoing.read())
    with suppress(SSL.Error):
        server_side.do_handshake()


def _flush(server_side, incoming) -> None:
    try:
        while True:
            incoming.write(server_side.bio_read(65536))
    except SSL.WantReadError:
        pass
