"""A TCP proxy that takes its time, as long as the test says."""

import threading
from contextlib import AbstractContextManager

from tests.proxy import Connection, Proxy


class _Delayed(Connection):
    def upwards(self, data: bytes) -> bytes:
        self.proxy.wait()
        return data

    downwards = upwards


class SlowProxy(Proxy):
    """Holds whatever passes, either way, for ``delay`` seconds."""

    connection = _Delayed

    def __init__(self, target: int) -> None:
        super().__init__(target)
        self._quick = threading.Event()
        self._quick.set()
        self._seconds = 0.0

    @property
    def delay(self) -> float:
        """How long everything takes."""
        return self._seconds

    @delay.setter
    def delay(self, seconds: float) -> None:
        self._seconds = seconds
        (self._quick.clear if seconds else self._quick.set)()

    def wait(self) -> None:
        """Return after the delay, or as soon as there is none."""
        self._quick.wait(self._seconds)

    def stop(self) -> None:
        """Hold nothing back any more, then cut every connection."""
        self.delay = 0
        super().stop()


def slow_proxy(target: int) -> AbstractContextManager[SlowProxy]:
    """Run a proxy to a port until the block ends."""
    return SlowProxy(target).running()
