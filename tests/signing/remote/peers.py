"""Peers that misbehave: whatever a test does with a connection, in a thread."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import define, field

from tests.certificates import Pair

LIMIT_SECONDS = 10
Behaviour = Callable[[socket.socket], None]


@define
class Peer:
    """A port on loopback, and how many connections it has had."""

    port: int
    connections: list[socket.socket] = field(factory=list)


@contextmanager
def peer(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Peer]:
    """Accept connections until the block ends; then all of them are cut."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        there = Peer(listening.getsockname()[1])
        threads: list[threading.Thread] = []

        def accept() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                connection.settimeout(LIMIT_SECONDS)
                there.connections.append(connection)
                threads.append(
                    threading.Thread(target=_serve, args=(connection, behave, tls))
                )
                threads[-1].start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield there
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join(LIMIT_SECONDS)
            for connection in there.connections:
                _cut(connection)
            for thread in threads:
                thread.join(LIMIT_SECONDS)


def tls_of(pair: Pair, protocol: str) -> ssl.SSLContext:
    """Return the server's side of TLS, with the ALPN of gRPC or of HTTPS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    context.set_alpn_protocols(["h2" if protocol == "grpc" else "http/1.1"])
    return context


def silent(connection: socket.socket) -> None:
    """Read everything and answer nothing."""
    while connection.recv(65536):
        pass


def saying(content: bytes) -> Behaviour:
    """Answer whatever comes first with the same bytes, and end the connection."""

    def say(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(content)

    return say


def _serve(
    connection: socket.socket, behave: Behaviour, tls: ssl.SSLContext | None
) -> None:
    try:
        with connection:
            if tls is None:
                behave(connection)
                return
            with tls.wrap_socket(connection.dup(), server_side=True) as secured:
                secured.settimeout(LIMIT_SECONDS)
                behave(secured)
            connection.shutdown(socket.SHUT_RDWR)
    except (OSError, ValueError):
        return


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
