"""Lines of a log on their way to its stream: at once, or all of one turn together.

What a line says is decided in ``notary.ops.logs``. That a line cannot be written, as on
a full disk, is no reason to serve nobody: it is counted, and goes on without.
"""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

MAX_BYTES = 4096
"""So much is never mixed with what others write into the same pipe: PIPE_BUF."""


class Lines:
    """Writes to a stream, in the order in which it is told to.

    ``later`` calls a function at the end of the turn; without it, nothing waits.
    """

    later: Callable[[Callable[[], None]], object] | None = None
    failed = 0
    """How many times something could not be written."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._waiting: deque[str] = deque()
        self._bytes = 0
        self._is_due = False

    def write(self, line: str) -> None:
        """Write a line at once, after those that wait; from any thread."""
        self.flush()
        self._put(line)

    def add(self, line: str) -> None:
        """Write a line of ASCII at the end of the turn; from the reactor's thread."""
        if self.later is None:
            self.write(line)
            return
        if self._bytes + len(line) > MAX_BYTES:
            self.flush()
        if not self._waiting:
            self._bytes = 0
        self._bytes += len(line)
        self._waiting.append(line)
        if not self._is_due:
            self._is_due = True
            self.later(self._end_turn)

    def _end_turn(self) -> None:
        self._is_due = False
        self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if not self._waiting:
            return
        taken = []
        # Another thread may do the same: each line is taken once.
        with suppress(IndexError):
            while True:
                taken.append(self._waiting.popleft())
        self._put("".join(taken))

    def _put(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self.failed += 1
