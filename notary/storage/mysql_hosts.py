"""Which of several servers to connect to next.

In the order of the list; a server that failed comes last for a while, and is not
tried at all for a moment. Shared by the threads of all pools.
"""

import threading
import time
from collections.abc import Callable, Sequence

from notary.settings.dsn import Host

AVOID_SECONDS = 30.0
REFUSE_SECONDS = 0.5

Address = Host | str
"""A TCP address, or the path of a socket."""


class Hosts:
    """Remembers which servers failed, by the times of ``clock`` in seconds."""

    def __init__(
        self, hosts: Sequence[Address], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._order = tuple(hosts)
        self._clock = clock
        self._failed: dict[Address, float] = {}
        self._lost: dict[Address, float] = {}
        self._unreachable: set[Address] = set()
        self._lock = threading.Lock()

    def candidates(self) -> list[Address]:
        """Return the servers to try, the best first."""
        now = self._clock()
        with self._lock:
            tried = [
                host
                for host in self._order
                if host not in self._unreachable
                or now - self._failed[host] >= REFUSE_SECONDS
            ]
            return sorted(tried, key=lambda host: self._is_avoided(host, now))

    def reached(self, host: Address) -> None:
        """Note that a connection was made."""
        with self._lock:
            self._unreachable.discard(host)

    def unreachable(self, host: Address) -> None:
        """Note that no connection could be made."""
        with self._lock:
            self._unreachable.add(host)
            self._failed[host] = self._clock()

    def lost(self, host: Address, *, useless: bool) -> None:
        """Note that a connection broke, and whether the server is to be avoided."""
        with self._lock:
            self._lost[host] = self._clock()
            if useless:
                self._failed[host] = self._clock()

    def is_trusted(self, host: Address, since: float) -> bool:
        """Tell whether a connection made at that time should still be good.

        When one breaks, those made before are as well: the server was restarted.
        """
        with self._lock:
            return since > self._lost.get(host, float("-inf"))

    def _is_avoided(self, host: Address, now: float) -> bool:
        failed = self._failed.get(host)
        return failed is not None and now - failed < AVOID_SECONDS
