"""One program of the comparison: started, watched, stopped, and what it costs."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import define, field, frozen

START_SECONDS = 60
STOP_SECONDS = 30
_TICKS = os.sysconf("SC_CLK_TCK")


class NotStarted(Exception):
    """A program ended, or did not listen in time; the message is the end of its log."""


@define
class Program:
    """A server with a configuration, whose log is a file beside that.

    The file's path is the last argument of the command.
    """

    name: str
    command: Sequence[str]
    folder: Path
    config: str
    port: int
    environment: Mapping[str, str] = field(factory=dict)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        """What it wrote to standard output and standard error."""
        return self.folder / f"{self.name}.log"

    @property
    def is_alive(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, and return when it listens."""
        path = self.folder / f"{self.name}.json"
        path.write_text(self.config)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.command, str(path)],
                cwd=self.folder,
                env={"PATH": os.environ["PATH"], **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait_until_it_listens()

    def stop(self) -> None:
        """End it as asked; kill it if it does not."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def empty_log(self) -> None:
        """Let the log not fill the disk."""
        os.truncate(self.log, 0)

    def cost(self) -> "Cost":
        """Return what it has used until now."""
        return Cost.of(self._process.pid) if self._process else Cost({}, {})

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.is_alive:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise NotStarted(f"{self.name}: {self.log.read_text()[-2000:]}")


@frozen
class Cost:
    """Processor seconds (user and system) and memory (KiB) of a tree, by process."""

    seconds: Mapping[int, float]
    memory: Mapping[int, int]

    @classmethod
    def of(cls, root: int) -> "Cost":
        """Return the cost of a process and all below it."""
        pids = [pid for pid in _tree(root) if Path(f"/proc/{pid}/stat").exists()]
        return cls(
            {pid: _processor_seconds(pid) for pid in pids},
            {pid: _resident(pid) for pid in pids},
        )

    def since(self, before: "Cost") -> float:
        """Return the processor seconds since then."""
        return sum(
            spent - before.seconds.get(pid, 0.0) for pid, spent in self.seconds.items()
        )


def _tree(root: int) -> Iterator[int]:
    yield root
    for children in Path(f"/proc/{root}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _tree(int(child))


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0
