"""Requests that nobody should send, and that cost a server memory if it is careless."""

import json
import random
import socket
import ssl
from collections.abc import Callable
from contextlib import closing, suppress

from attrs import frozen

from tests.load_link import Repository, tuf
from tests.publisher import ecdsa_key, sign, targets
from tests.web.serving import FORM, form

_SECONDS = 20
_LONG = 70_000


@frozen
class Target:
    """A repository on a server with TLS, and who may change it."""

    port: int
    context: ssl.SSLContext
    repository: Repository
    token: str

    def open(self) -> ssl.SSLSocket:
        """Return a new connection."""
        plain = socket.create_connection(("127.0.0.1", self.port), _SECONDS)
        try:
            return self.context.wrap_socket(plain, server_hostname="localhost")
        except OSError:
            plain.close()
            raise

    def post(self, body: bytes, *lines: str, token: str | None = None) -> bytes:
        """Return a publish of any body, with more lines in its head."""
        fields = [
            f"POST {tuf(self.repository.gun)}/ HTTP/1.1",
            "Host: localhost",
            f"Authorization: Bearer {self.token if token is None else token}",
            f"Content-Type: {FORM['Content-Type']}",
            f"Content-Length: {len(body)}",
            *lines,
        ]
        return "\r\n".join([*fields, "", ""]).encode() + body

    def send(self, data: bytes) -> int:
        """Send it on a connection of its own; return the status, 0 without answer."""
        with suppress(OSError), closing(self.open()) as connection:
            with suppress(OSError):
                connection.sendall(data)
            head = connection.recv(65536).split()
            return int(head[1]) if len(head) > 1 else 0
        return 0


def _files(target: Target, rng: random.Random) -> dict[str, bytes]:
    """Return files that are wrong in one of many ways."""
    good = target.repository.targets(rng.randrange(2, 2**31), f"{rng.random()}")
    return rng.choice(
        [
            {"targets": b"\x00" * _LONG},
            {"targets": b"[" * _LONG},
            {"targets": b'{"signed":' * 5000},
            {"targets": json.dumps({"signed": {}, "signatures": []}).encode()},
            {"targets": sign(targets(2), ecdsa_key())},
            {"targets": good[: len(good) // 2]},
            {"targets": good.replace(b'"version":', b'"version":-')},
            {"nobody": good, "targets/a/b/c": good, "../root": good},
            {"root": good, "snapshot": good, "timestamp": good},
        ]
    )


def wrong_files(target: Target, rng: random.Random) -> int:
    """Publish what is no metadata, or not that of an owner."""
    return target.send(target.post(form(_files(target, rng))))


def wrong_form(target: Target, rng: random.Random) -> int:
    """Publish what is no form, or ends in its middle."""
    body = form(_files(target, rng))
    broken = (body[: rng.randrange(1, len(body))], rng.randbytes(5000), b"--", b"")
    return target.send(target.post(rng.choice(broken)))


def wrong_token(target: Target, rng: random.Random) -> int:
    """Publish with a token that was not given to anybody."""
    place = rng.randrange(len(target.token) - 60)
    tokens = ("", "x" * 8000, "e30.e30.e30", target.token[:place], "a.b.c")
    return target.send(target.post(b"", token=rng.choice(tokens)))


def large_head(target: Target, rng: random.Random) -> int:
    """Send a head without an end in sight."""
    return target.send(target.post(b"", f"X-Large: {'x' * rng.randrange(_LONG)}"))


def dropped(target: Target, rng: random.Random) -> int:
    """Hang up somewhere in the middle of a request."""
    data = target.post(form({"targets": rng.randbytes(_LONG)}))
    with suppress(OSError), closing(target.open()) as connection:
        connection.sendall(data[: rng.randrange(len(data))])
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1" + bytes(7))
    return 0


def slow(target: Target, rng: random.Random) -> int:
    """Send a request in pieces, each on its own."""
    data = target.post(form(_files(target, rng)))[:2000]
    with suppress(OSError), closing(target.open()) as connection:
        for start in range(0, len(data), 40):
            connection.sendall(data[start : start + 40])
    return 0


def no_handshake(target: Target, rng: random.Random) -> int:
    """Speak anything but TLS, or stop in its middle."""
    greetings = (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00", rng.randbytes(300))
    address = ("127.0.0.1", target.port)
    with suppress(OSError), socket.create_connection(address, _SECONDS) as plain:
        plain.sendall(rng.choice(greetings))
    return 0


KINDS: tuple[Callable[[Target, random.Random], int], ...] = (
    *(wrong_files, wrong_form, wrong_token, large_head),
    *(dropped, slow, no_handshake),
)
