"""What happened under load: every attempt to publish, every walk, and every fault.

Shared by all threads of a load; who waits for something to happen waits here.
"""

import sys
import threading
from collections import Counter
from collections.abc import Callable
from enum import Enum

from attrs import field, frozen


class Outcome(Enum):
    """How a publish or a walk ended, for the one who asked for it."""

    DONE = "done"
    REFUSED = "refused: there is such a version"
    UNAVAILABLE = "clean 503"
    UNREACHABLE = "no answer"
    FAULT = "an answer that must not be"


@frozen
class Attempt:
    """One publish of targets; the times are of ``time.monotonic``."""

    gun: str
    version: int
    data: bytes = field(repr=False)
    port: int
    outcome: Outcome
    began: float
    ended: float


@frozen
class Walk:
    """One walk from the timestamp to all it leads to; versions are 0 if it failed."""

    gun: str
    port: int
    outcome: Outcome
    timestamp: int
    targets: int
    began: float
    ended: float


class Recorder:
    """Keeps what happened, in the order in which it ended."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._newest: dict[str, int] = {}
        self._done: Counter[str] = Counter()
        self.attempts: list[Attempt] = []
        self.walks: list[Walk] = []
        self.faults: list[str] = []

    def attempted(self, attempt: Attempt) -> None:
        """Keep an attempt to publish."""
        with self._changed:
            self.attempts.append(attempt)
            if attempt.outcome is Outcome.DONE:
                self._known(attempt.gun, attempt.version)
                self._done["publish"] += 1
            self._changed.notify_all()

    def walked(self, walk: Walk) -> None:
        """Keep a walk."""
        with self._changed:
            self.walks.append(walk)
            if walk.outcome is Outcome.DONE:
                self._known(walk.gun, walk.targets)
                self._done["walk"] += 1
            self._changed.notify_all()

    def fault(self, what: str) -> None:
        """Keep something that must not happen."""
        with self._changed:
            self.faults.append(what)
            self._changed.notify_all()

    def newest(self, gun: str) -> int:
        """Return the highest version of targets that anybody knows to be there."""
        return self._newest.get(gun, 1)

    def _known(self, gun: str, version: int) -> None:
        self._newest[gun] = max(self.newest(gun), version)

    def wait(self, seconds: float, happened: Callable[["Recorder"], bool]) -> None:
        """Return as soon as it happened or there is a fault; fail after the time."""
        with self._changed:
            done = self._changed.wait_for(
                lambda: bool(self.faults) or happened(self), seconds
            )
            assert not self.faults, self.faults[:5]
            assert done, f"it did not happen in {seconds} s: {self.counts()}"

    def wait_for_more(self, seconds: float, publishes: int, walks: int = 0) -> None:
        """Wait until so many more publishes and walks have succeeded from now on."""
        more = (publishes, walks)
        wanted = [have + add for have, add in zip(self.done(), more, strict=True)]
        self.wait(
            seconds,
            lambda _: all(a >= b for a, b in zip(self.done(), wanted, strict=True)),
        )

    def done(self) -> tuple[int, int]:
        """Return how many publishes and how many walks have succeeded."""
        return self._done["publish"], self._done["walk"]

    def first_done(self, since: float) -> tuple[float, float]:
        """Return when the first publish and the first walk after that time succeeded.

        Infinity stands for never.
        """
        return tuple(
            min(
                (
                    one.ended
                    for one in list(many)
                    if one.outcome is Outcome.DONE and one.ended >= since
                ),
                default=float("inf"),
            )
            for many in (self.attempts, self.walks)
        )

    def within(self, begin: float, end: float) -> list[Attempt | Walk]:
        """Return what both began and ended between two times."""
        return [
            one
            for one in (*self.attempts, *self.walks)
            if one.began >= begin and one.ended <= end
        ]

    def counts(self) -> dict[str, int]:
        """Return how often what happened, for messages."""
        counted = Counter(f"publish {one.outcome.value}" for one in list(self.attempts))
        counted.update(f"walk {one.outcome.value}" for one in list(self.walks))
        return dict(counted)


def report(measured: str) -> None:
    """Show what was measured to whoever looks at the output of a test."""
    sys.stdout.write(f"{measured}\n")
