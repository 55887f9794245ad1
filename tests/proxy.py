"""A TCP proxy of a test: forwards connections to a port of loopback.

``Proxy`` passes everything on as it is; what others do with it, their kinds of
``Connection`` say.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self

_CHUNK = 65536


class Cut(Exception):
    """The connection is cut, after these last bytes."""

    def __init__(self, last: bytes = b"") -> None:
        super().__init__(last)
        self.last = last


class Connection:
    """What becomes of the bytes of one connection; ``Cut`` may be raised instead."""

    def __init__(self, proxy: Any) -> None:
        self.proxy = proxy

    def upwards(self, data: bytes) -> bytes:
        """Return what the server gets for what the client sent."""
        return data

    def downwards(self, data: bytes) -> bytes:
        """Return what the client gets for what the server sent."""
        return data


class Proxy:
    """Listens on ``port``; has accepted so many connections, and lasts as a block."""

    connection = Connection

    def __init__(self, target: int) -> None:
        self.accepted = 0
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to accept connections."""
        self._run(self._accept)

    def stop(self) -> None:
        """Cut every connection and accept no more."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._threads[0].join(10)
        self.cut()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def cut(self) -> None:
        """Cut every connection."""
        for each in self._sockets:
            _end(each)

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Forward until the block ends."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                self.accepted += 1
                try:
                    server = socket.create_connection(("127.0.0.1", self._target))
                except ConnectionRefusedError:
                    client.close()
                    continue
                self._sockets += [client, server]
                treated = self.connection(self)
                self._run(_pass, client, server, treated.upwards)
                self._run(_pass, server, client, treated.downwards)

    def _run(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments)
        self._threads.append(thread)
        thread.start()


def _pass(
    here: socket.socket, there: socket.socket, treated: Callable[[bytes], bytes]
) -> None:
    with suppress(OSError):
        while data := here.recv(_CHUNK):
            try:
                there.sendall(treated(data))
            except Cut as cut:
                there.sendall(cut.last)
                break
    _end(here)
    _end(there)


def _end(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
