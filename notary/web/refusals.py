"""Limits on what all clients together may cost, and the count of every refusal.

That a limit of all is reached is logged once in a while; what exceeds a limit of its
own is only counted. How much there is of what is said by whoever makes a ``Room``.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import define, field
from twisted.logger import Logger

ANSWERS_BYTES = "answers_bytes"
BODIES_BYTES = "bodies_bytes"
CHANGES = "changes"
CONNECTIONS = "connections"
CONNECTIONS_PER_ADDRESS = "connections_per_address"
FILES = "files"
HEAD_BYTES = "head_bytes"
BODY_BYTES = "body_bytes"
REQUEST_SECONDS = "request_seconds"

LIMITS = (
    ANSWERS_BYTES,
    BODIES_BYTES,
    BODY_BYTES,
    CHANGES,
    CONNECTIONS,
    CONNECTIONS_PER_ADDRESS,
    FILES,
    HEAD_BYTES,
    REQUEST_SECONDS,
)
"""The limits whose refusals are counted, as they are called in the configuration.

``files`` are those that the process may have open, which is configured elsewhere.
"""

_OF_ALL = (
    ANSWERS_BYTES,
    BODIES_BYTES,
    CHANGES,
    CONNECTIONS,
    CONNECTIONS_PER_ADDRESS,
)

QUIET_SECONDS = 60

log = Logger(namespace="notary.web")


def _nobody(_limit: str) -> None:
    """Tell nobody."""


class Refusals:
    """Is told each refusal, by the name of the limit; ``clock`` counts seconds."""

    def __init__(
        self,
        count: Callable[[str], None] = _nobody,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._count = count
        self._clock = clock
        self._told: dict[str, float] = {}

    def __call__(self, limit: str) -> None:
        """Count a refusal, and log it if it is not about one client, now and then."""
        self._count(limit)
        now = self._clock()
        is_old = now - self._told.get(limit, -QUIET_SECONDS) >= QUIET_SECONDS
        if limit in _OF_ALL and is_old:
            self._told[limit] = now
            log.warn(
                "limits.{limit} is reached: refusing, and not telling it again for"
                " {seconds} s",
                limit=limit,
                seconds=QUIET_SECONDS,
            )


class Full(Exception):
    """All that clients may take together is taken; the message says of what."""


@define
class Room:
    """So much of something for all together, called as the limit on it is."""

    limit: str
    most: int
    refused: Callable[[str], None] = field(repr=False)
    taken: int = field(default=0, init=False)

    def take(self, amount: int = 1) -> None:
        """Take some of it, to be given back; raise ``Full`` if so much is not left."""
        self.require(amount)
        self.taken += amount

    def require(self, amount: int) -> None:
        """Raise ``Full`` if so much is not left."""
        if self.taken + amount > self.most:
            self.refused(self.limit)
            raise Full(f"limits.{self.limit} is reached")

    def give_back(self, amount: int = 1) -> None:
        """Leave it to others."""
        self.taken -= amount

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take one for the time of a ``with`` block."""
        self.take()
        try:
            yield
        finally:
            self.give_back()
