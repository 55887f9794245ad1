"""A program of ours that is started, killed, and started again on the same port."""

import signal
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from attrs import define, field

from tests.running import Running, running

_UNHANDLED = (
    "unexpected error",
    "request failed",
    "a request could not be read",
    "Traceback",
    "Unhandled",
)


@define
class Program:
    """One program; ``port`` is where it serves."""

    command: Sequence[str]
    folder: Path
    port: int
    variables: Mapping[str, str] = field(factory=dict, repr=False)
    _log: list[str] = field(factory=list, init=False, repr=False)
    _running: Running | None = field(default=None, init=False)
    _stack: ExitStack = field(factory=ExitStack, init=False)

    @property
    def pid(self) -> int:
        """The process that was started."""
        assert self._running
        return self._running.process.pid

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._running = self._stack.enter_context(
            running(list(self.command), self.folder, **self.variables)
        )

    def kill(self) -> None:
        """End it as a power failure does."""
        if self._running:
            self._running.signal(signal.SIGKILL)
            self._end()

    def stop(self) -> None:
        """End it the ordinary way."""
        if self._running:
            code = self._running.stop()
            log = self._running.log
            self._end()
            assert code == 0, log[-10:]

    def wait_for(self, text: str) -> None:
        """Wait until its log says so."""
        assert self._running
        self._running.wait_for(text)

    def log(self) -> list[str]:
        """Return what it has written since it was first started."""
        return self._log + (self._running.log if self._running else [])

    def unhandled(self) -> list[str]:
        """Return those lines of the log that tell of an error of ours."""
        return [line for line in self.log() if any(text in line for text in _UNHANDLED)]

    def _end(self) -> None:
        self._stack.close()
        assert self._running
        self._log += self._running.log
        self._running = None
