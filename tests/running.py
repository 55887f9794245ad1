"""Real server processes for tests: started, watched on standard error, stopped."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

PROJECT = Path(__file__).parent.parent
LIMIT_SECONDS = 30
OWN_PORTS = (20_000, 32_000)
"""Below those that Linux gives to connections, if it is not told otherwise."""
_CHANCE = random.SystemRandom()

TWISTD = [str(Path(sys.executable).with_name("twistd")), "--nodaemon", "--pidfile="]
COMMAND = [
    sys.executable,
    "-c",
    "import sys; from notary.command import server; sys.exit(server())",
]
SIGNER_COMMAND = [
    sys.executable,
    "-c",
    "import sys; from notary.command import signer; sys.exit(signer())",
]


def environment(**variables: str) -> dict[str, str]:
    """Return an environment without settings of ours but those given."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("NOTARY_")
    }
    return inherited | {"PYTHONPATH": str(PROJECT)} | variables


def free_port() -> int:
    """Return a port of the loopback interface on which nobody listens.

    It is none of those that the system gives to connections: one of them could have it
    before the program that is started for it.
    """
    while True:
        port = _CHANCE.randint(*OWN_PORTS)
        with socket.socket() as listening, suppress(OSError):
            listening.bind(("127.0.0.1", port))
            return port


def memory_config(port: int, **logging: str) -> dict:
    """Return the smallest configuration, plain HTTP and everything in memory."""
    return {
        "server": {"http_addr": f"127.0.0.1:{port}"},
        "trust_service": {"type": "local"},
        "storage": {"backend": "memory"},
        "logging": {"level": "info"} | logging,
    }


def write_config(folder: Path, config: dict) -> Path:
    """Return the file with the configuration."""
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    return path


def ended(
    command: list[str], folder: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command that ends by itself; return its outcome."""
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )


class Running:
    """A server process; what it writes to standard error is collected in ``log``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.log: list[str] = []
        self.output = ""
        self._started = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        """Keep the pipe empty, or a server that logs much would come to a halt."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line.rstrip("\n"))
            if "Starting on " in line:
                self._started.set()
        self._started.set()

    def wait_until_it_listens(self) -> None:
        """Return when it says so; fail if it ends first."""
        assert self._started.wait(LIMIT_SECONDS), self.log
        assert any("Starting on " in line for line in self.log), self.log

    def wait_for(self, text: str) -> str:
        """Return the first line of the log with the text, as soon as it is there."""
        end = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < end:
            for line in list(self.log):
                if text in line:
                    return line
            time.sleep(0.01)
        raise AssertionError(self.log)

    def signal(self, number: int = signal.SIGTERM) -> None:
        """Send a signal and return at once."""
        self.process.send_signal(number)

    def stop(self) -> int:
        """Stop it the ordinary way and return its exit code."""
        self.signal()
        return self.wait()

    def wait(self) -> int:
        """Return the exit code at the end, with the whole log and output kept."""
        assert self.process.stdout is not None
        if not self.process.stdout.closed:
            self.output += self.process.stdout.read()
        code = self.process.wait(LIMIT_SECONDS)
        self._reader.join(LIMIT_SECONDS)
        return code


@contextmanager
def running(
    command: list[str], folder: Path, pass_fds: Sequence[int] = (), **variables: str
) -> Iterator[Running]:
    """A server started by the command, until it listens; stopped if it still runs."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=pass_fds,
    )
    server = Running(process)
    try:
        server.wait_until_it_listens()
        yield server
    finally:
        if process.poll() is None:
            process.kill()
        server.wait()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()
