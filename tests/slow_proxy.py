"""A TCP proxy that takes its time, as long as the test says."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class SlowProxy:
    """Forwards connections to a port of loopback; ``port`` is its own.

    Whatever passes, either way, is held for ``delay`` seconds.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._quick = threading.Event()
        self._quick.set()
        self._seconds = 0.0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    @property
    def delay(self) -> float:
        """How long everything takes."""
        return self._seconds

    @delay.setter
    def delay(self, seconds: float) -> None:
        self._seconds = seconds
        (self._quick.clear if seconds else self._quick.set)()

    def start(self) -> None:
        """Begin to accept connections."""
        self._run(self._accept)

    def stop(self) -> None:
        """Cut every connection and accept no more."""
        self.delay = 0
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._threads[0].join(10)
        for each in self._sockets:
            _end(each)
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self._target))
                except ConnectionRefusedError:
                    client.close()
                    continue
                self._sockets += [client, server]
                self._run(self._pass, client, server)
                self._run(self._pass, server, client)

    def _pass(self, here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while data := here.recv(65536):
                self._quick.wait(self._seconds)
                there.sendall(data)
        for each in (here, there):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _run(self, target: object, *arguments: socket.socket) -> None:
        thread = threading.Thread(target=target, args=arguments)
        self._threads.append(thread)
        thread.start()


def _end(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()


@contextmanager
def slow_proxy(target: int) -> Iterator[SlowProxy]:
    """Run a proxy to a port until the block ends."""
    proxy = SlowProxy(target)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
