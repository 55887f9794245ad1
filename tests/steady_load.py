"""A steady load on a server that is signalled: whatever goes unanswered is kept."""

import http.client
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

THREADS = 3
LIMIT_SECONDS = 30


class Load:
    """Threads that ask as fast as they are answered, on new and on kept connections."""

    def __init__(self, port: int, tls: ssl.SSLContext | None, path: str) -> None:
        self.answered = 0
        self.failures: list[str] = []
        self._port = port
        self._tls = tls
        self._path = path
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._ask, args=(kept,))
            for kept in (True, False)
            for _ in range(THREADS)
        ]

    def wait_for_answers(self, count: int) -> None:
        """Return when so many more requests have been answered."""
        wanted, end = self.answered + count, time.monotonic() + LIMIT_SECONDS
        while self.answered < wanted:
            assert time.monotonic() < end, (self.answered, wanted, self.failures)
            time.sleep(0.01)

    def start(self) -> None:
        """Begin to ask."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask no more, and wait for the last answers."""
        self._ended.set()
        for thread in self._threads:
            thread.join(LIMIT_SECONDS)
            assert not thread.is_alive()

    def _ask(self, kept: bool) -> None:
        # Closed in the end: a request that fails leaves its socket open.
        with closing(self._connection()) as connection:
            while not self._ended.is_set():
                try:
                    connection.connect() if connection.sock is None else None
                except (ConnectionRefusedError, ConnectionResetError) as error:
                    return self._note(f"refused: {error}")
                try:
                    connection.request("GET", self._path)
                    answer = connection.getresponse()
                    answer.read()
                except (OSError, http.client.HTTPException) as error:
                    return self._note(f"{'kept' if kept else 'new'}: {error!r}")
                self._note("" if answer.status == 200 else str(answer.status))
                if not kept:
                    connection.close()
        return None

    def _connection(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        return http.client.HTTPSConnection(
            "127.0.0.1", self._port, timeout=30, context=self._tls
        )

    def _note(self, failure: str) -> None:
        with self._lock:
            if failure:
                self.failures.append(failure)
            else:
                self.answered += 1


@contextmanager
def loaded(
    port: int, tls: ssl.SSLContext | None = None, path: str = "/v2/"
) -> Iterator[Load]:
    """A load that has begun to be answered; it ends with the block."""
    load = Load(port, tls, path)
    load.start()
    try:
        load.wait_for_answers(20)
        yield load
    finally:
        load.stop()
