"""A stand-in for Bugsnag on loopback, which keeps whatever is posted to it."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from attrs import define, field

from tests.certificates import Pair

LIMIT_SECONDS = 30
HANG = 0


@define
class Bugsnag:
    """What was received: the bodies, and of each its headers by lower-case name.

    ``answer`` is the status of the answers; with ``HANG`` there is none.
    """

    answer: int = 200
    url: str = ""
    bodies: list[bytes] = field(factory=list)
    headers: list[dict[str, str]] = field(factory=list)
    released: threading.Event = field(factory=threading.Event)

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """Return the documents as soon as there are so many."""
        end = time.monotonic() + LIMIT_SECONDS
        while len(self.bodies) < count:
            assert time.monotonic() < end, self.bodies
            time.sleep(0.01)
        return [json.loads(body) for body in self.bodies]


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_POST(self):
        peer, length = self.server.peer, int(self.headers["Content-Length"])
        peer.headers.append({k.lower(): v for k, v in self.headers.items()})
        peer.bodies.append(self.rfile.read(length))
        if peer.answer == HANG:
            peer.released.wait(LIMIT_SECONDS)
            return
        self.send_response(peer.answer)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"OK")

    def log_message(self, *_):
        pass


class _Server(ThreadingHTTPServer):
    def __init__(self, peer: Bugsnag) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.peer = peer

    def handle_error(self, *_):
        pass  # a client that gave up is none of ours


@contextmanager
def bugsnag(answer: int = 200, pair: Pair | None = None) -> Iterator[Bugsnag]:
    """Listen until the end of the block, over TLS with a certificate."""
    peer = Bugsnag(answer)
    with _Server(peer) as server:
        if pair is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pair.certificate, pair.key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme, host = ("http", "127.0.0.1") if pair is None else ("https", "localhost")
        peer.url = f"{scheme}://{host}:{server.server_address[1]}/notify"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield peer
        finally:
            peer.released.set()
            server.shutdown()
            thread.join(LIMIT_SECONDS)
