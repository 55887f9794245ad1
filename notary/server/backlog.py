"""The timestamps that are known to be due: a bounded number, in a good order.

Those that expire first come first, and those that have expired already last: who asks
for one of them has it signed at once. Who takes them, and how fast, is left to
``notary.ops.renewing``.
"""

import random
from heapq import nsmallest

from attrs import evolve, frozen

MOST = 10_000
AMONG = 16
"""Any of so many first ones is taken: several servers hardly ever take the same."""

_RANDOM = random.SystemRandom()


@frozen
class Due:
    """A timestamp that is to be signed anew.

    ``expires`` is in nanoseconds since 1970; ``tries`` is how often that failed.
    """

    gun: str
    sha256: str
    expires: int
    tries: int = 0


class Backlog:
    """What is due: at most one timestamp of each repository.

    When there are too many, half of them are forgotten, the last of the order; who
    looks for what is due finds them again.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._waiting: dict[str, Due] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, gun: str) -> bool:
        return gun in self._waiting

    def add(self, due: Due, now: int) -> None:
        """Let it wait, unless one of its repository does already."""
        self._waiting.setdefault(due.gun, due)
        if len(self._waiting) > self._most:
            kept = self._first(self._most // 2, now)
            self._waiting = {each.gun: each for each in kept}

    def put_back(self, due: Due, now: int) -> None:
        """Let it wait again after a try in vain, behind those with fewer."""
        self.add(evolve(due, tries=due.tries + 1), now)

    def take(self, now: int) -> Due | None:
        """Return one of the first, which waits no longer."""
        first = self._first(AMONG, now)
        if not first:
            return None
        due = _RANDOM.choice(first)
        del self._waiting[due.gun]
        return due

    def first_expiry(self) -> int | None:
        """Return when the first of them expires, or has expired."""
        return min((due.expires for due in self._waiting.values()), default=None)

    def _first(self, count: int, now: int) -> list[Due]:
        def place(due: Due) -> tuple[int, bool, int]:
            return due.tries, due.expires <= now, due.expires

        return nsmallest(count, self._waiting.values(), place)
