"""A TCP proxy before a database that loses what the test tells it to lose."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

COMMIT = b"\x07\x00\x00\x00\x03COMMIT"
_START = b"\x03START TRANSACTION"
_READ_ONLY = b" READ ONLY"


class CuttingProxy:
    """Forwards connections to a port of loopback; ``port`` is its own.

    ``lose_answers`` is how many of the next commits of writing transactions are
    passed on and cut off when their answer comes; ``lose_commits``, before. Only those
    count that have a statement in which ``only`` occurs.
    """

    def __init__(self, target: int) -> None:
        self.lose_answers = 0
        self.lose_commits = 0
        self.only = b""
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

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                self.accepted += 1
                server = socket.create_connection(("127.0.0.1", self._target))
                self._sockets += [client, server]
                link = _Link(self, client, server)
                self._run(link.upwards)
                self._run(link.downwards)

    def _run(self, target: object) -> None:
        thread = threading.Thread(target=target)
        self._threads.append(thread)
        thread.start()


class _Link:
    def __init__(self, proxy, client, server) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._writes = False
        self._counts = False
        self._cut_answer = False

    def upwards(self) -> None:
        with suppress(OSError):
            while data := self._client.recv(65536):
                if _START in data:
                    self._writes = _READ_ONLY not in data
                    self._counts = False
                self._counts |= self._proxy.only in data
                if self._writes and self._counts and data == COMMIT:
                    self._writes = False
                    if self._proxy.lose_commits:
                        self._proxy.lose_commits -= 1
                        break
                    if self._proxy.lose_answers:
                        self._proxy.lose_answers -= 1
                        self._cut_answer = True
                self._server.sendall(data)
        self._end()

    def downwards(self) -> None:
        with suppress(OSError):
            while data := self._server.recv(65536):
                if self._cut_answer:
                    break
                self._client.sendall(data)
        self._end()

    def _end(self) -> None:
        _end(self._client)
        _end(self._server)


def _end(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()


@contextmanager
def cutting_proxy(target: int) -> Iterator[CuttingProxy]:
    """Run a proxy to a port until the block ends."""
    proxy = CuttingProxy(target)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
