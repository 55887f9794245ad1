"""How much is logged while the program runs: by SIGUSR1, SIGUSR2 and the configuration.

The texts on standard output are those of the Go programs, for whoever waits for them.
"""

import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

from twisted.application.service import Service
from twisted.internet.interfaces import IReactorFromThreads

from notary.ops.logs import RANKS, LineObserver

_LEVELS = tuple(RANKS)
_MORE, _LESS = signal.SIGUSR1, signal.SIGUSR2


class Verbosity(Service):
    """Takes one more level on SIGUSR1, one less on SIGUSR2; without observer, none.

    ``told`` is called with each level that a signal sets.
    """

    told: Callable[[str], None] | None = None

    def __init__(
        self, reactor: IReactorFromThreads, observer: LineObserver | None
    ) -> None:
        self._reactor = reactor
        self._observer = observer
        self._before: dict[int, Any] = {}

    def startService(self) -> None:  # noqa: N802
        """Take the signals over, which would end the program otherwise."""
        self.running = True
        for number in (_MORE, _LESS):
            self._before[number] = signal.signal(number, self._received)

    def stopService(self) -> None:  # noqa: N802
        """Give the signals back."""
        self.running = False
        for number, handler in self._before.items():
            signal.signal(number, handler or signal.SIG_DFL)

    def set(self, level: str) -> str:
        """Log from this level on, and tell what that changed."""
        if self._observer is None:
            return "left to the logger that twistd was given"
        before, self._observer.threshold = self._observer.threshold, level
        return f"{level}, as before" if level == before else f"{level}, was {before}"

    def _received(self, number: int, _frame: FrameType | None) -> None:
        self._reactor.callFromThread(self._step, more=number == _MORE)

    def _step(self, *, more: bool) -> None:
        if self._observer is None:
            return
        level = self._observer.threshold
        wanted = _LEVELS.index(level) + (-1 if more else 1)
        if 0 <= wanted < len(_LEVELS):
            self._observer.threshold = _LEVELS[wanted]
            if self.told is not None:
                self.told(_LEVELS[wanted])
            _say(f"Successfully setting log level to {_LEVELS[wanted]}")
            return
        attempt, limit = ("increase", "higher") if more else ("decrease", "lower")
        _say(
            f"Attempt to {attempt} log level failed, will remain at {level} level,"
            f" error: log level can not be set {limit} than {level.capitalize()}"
        )


def _say(text: str) -> None:
    """Write to the real standard output: twistd takes the other for a log."""
    stream = sys.__stdout__
    if stream is not None:
        with suppress(OSError, ValueError):
            stream.write(text + "\n")
            stream.flush()
