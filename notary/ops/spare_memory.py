"""Give memory back to the system when many connections have ended.

OpenSSL takes some 20 KB for each. The C library keeps what is freed in between what is
not, so a process that once had many would stay large for ever.
"""

import ctypes
import gc
from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

MANY = 500
"""So many more than now must have been open at once."""

LATER_SECONDS = 1.0
"""Until those that are ending have left nothing behind."""


class SpareMemory:
    """Watches the number of connections, and gives back when most of them are gone."""

    def __init__(self, clock: IReactorTime, give_back: Callable[[], object]) -> None:
        self._clock = clock
        self._give_back = give_back
        self._most = 0

    def count(self, connections: int) -> None:
        """Take note of how many there are now."""
        if connections > self._most:
            self._most = connections
        elif self._most - connections >= MANY and connections <= self._most // 2:
            self._most = connections
            self._clock.callLater(LATER_SECONDS, self._give_back)


def give_back() -> None:
    """Free what nobody refers to, and let the C library return free pages, if it can.

    It takes some milliseconds, and is a matter of glibc only.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
