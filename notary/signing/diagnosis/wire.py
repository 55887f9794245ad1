"""A TLS connection over a blocking socket, all of it until one deadline."""

import socket
import time
from collections.abc import Callable
from typing import TypeVar

from OpenSSL import SSL

from notary.signing.link import MAX_ANSWER_BYTES

_MAX_HEARD_BYTES = 100

_T = TypeVar("_T")


class Wire:
    """Moves bytes between both; ``heard`` is how the peer began, whatever it speaks."""

    def __init__(
        self, sock: socket.socket, connection: SSL.Connection, deadline: float
    ) -> None:
        self.connection = connection
        self.heard = b""
        self._sock = sock
        self._deadline = deadline

    def drive(self, action: Callable[[], _T]) -> _T:
        """Return the action's result when it has one; raise what ends the wire."""
        while True:
            try:
                result = action()
            except SSL.WantReadError:
                self._flush()
                self._receive()
            except SSL.Error:
                self._flush()
                raise
            else:
                self._flush()
                return result

    def _flush(self) -> None:
        try:
            while data := self.connection.bio_read(MAX_ANSWER_BYTES):
                self._sock.settimeout(self._left())
                self._sock.sendall(data)
        except (SSL.WantReadError, ConnectionError):
            # Why a connection broke is read from it: an alert may have come before.
            return

    def _receive(self) -> None:
        self._sock.settimeout(self._left())
        data = self._sock.recv(MAX_ANSWER_BYTES)
        if not data:
            raise ConnectionResetError
        self.heard = self.heard or data[:_MAX_HEARD_BYTES]
        self.connection.bio_write(data)

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left
