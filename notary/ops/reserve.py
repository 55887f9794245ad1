"""How long everything stays valid if nobody signs from now on, as far as is known.

What is due is in the backlog; of what is not, the last walk through all files has found
what expires first.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from notary.server.backlog import Backlog, Due
from notary.tuf import moment

_SECOND = 1_000_000_000


class Reserve:
    """What waits to be signed anew, and until when that has time."""

    def __init__(self, backlog: Backlog, now: Callable[[], datetime]) -> None:
        self._backlog = backlog
        self._now = now
        self._first_expiry: int | None = None

    def found(self, due: Iterable[Due]) -> None:
        """Let what is due wait to be signed anew."""
        now = self._nanoseconds()
        for each in due:
            self._backlog.add(each, now)

    def counted(self, first_expiry: int | None) -> None:
        """Take note of when the first timestamp expires of those that are not due."""
        self._first_expiry = first_expiry

    def waiting(self) -> int:
        """Return how many wait."""
        return len(self._backlog)

    def seconds(self) -> float | None:
        """Return how long it takes until the first timestamp expires that is known.

        It is 0 if one that waits has expired already.
        """
        now = self._nanoseconds()
        left = []
        if (first := self._backlog.first_expiry()) is not None:
            left.append(max(0, first - now))
        # If the walk's has expired, it either waits or was signed anew since.
        if self._first_expiry is not None and self._first_expiry > now:
            left.append(self._first_expiry - now)
        return min(left) / _SECOND if left else None

    def _nanoseconds(self) -> int:
        return moment.of(self._now()).nanoseconds
