"""A server of several processes for tests: which they are, and who answered what."""

import http.client
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define

from tests.running import (
    COMMAND,
    LIMIT_SECONDS,
    Running,
    free_port,
    running,
    write_config,
)

WORKERS = 2
ALL_SERVE = f"All {WORKERS} workers serve"


def config_of(folder: Path, port: int) -> dict[str, Any]:
    """Return a configuration that several processes can serve."""
    return {
        "server": {"http_addr": f"127.0.0.1:{port}"},
        "trust_service": {"type": "local"},
        "storage": {"backend": "sqlite3", "db_url": str(folder / "notary.db")},
        "logging": {"level": "info"},
    }


def command(folder: Path, config: dict[str, Any]) -> list[str]:
    """Return what starts the server."""
    path = write_config(folder, config)
    return [*COMMAND, f"-config={path}", f"-workers={WORKERS}"]


@define
class Several:
    """The running processes; ``port`` is that of the API."""

    port: int
    running: Running

    def pids(self) -> dict[int, int]:
        """Return the process of each worker that there is now."""
        parent = self.running.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        found = {}
        for child in children:
            line = Path(f"/proc/{child}/cmdline").read_text().split("\0")
            numbers = [each for each in line if each.startswith("-worker=")]
            if numbers:
                found[int(numbers[0].removeprefix("-worker="))] = int(child)
        return found

    def all_serve(self, times: int = 1) -> None:
        """Wait until all workers have served for so many times."""
        self.until(lambda: len(self.said(ALL_SERVE)) >= times)

    def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds."""
        end = time.monotonic() + LIMIT_SECONDS
        while not holds():
            assert time.monotonic() < end, self.running.log[-20:]
            time.sleep(0.02)

    def said(self, text: str) -> list[dict[str, Any]]:
        """Return the lines of the log with a text."""
        return [json.loads(line) for line in list(self.running.log) if text in line]

    def connection(self) -> http.client.HTTPConnection:
        """Return a new connection, on which nothing has been asked yet."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_SECONDS)

    def worker_of(self, connection: http.client.HTTPConnection, name: str) -> int:
        """Ask something on a connection; return which worker has answered."""
        connection.request("GET", "/v2/", headers={"X-Request-Id": name})
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
        line = self.running.wait_for(f'"{name}"')
        return json.loads(line)["worker"]

    def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body of an answer on a connection of its own."""
        connection = self.connection()
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@contextmanager
def several(
    folder: Path, config: dict[str, Any] | None = None, **variables: str
) -> Iterator[Several]:
    """A server of two workers, from when both serve; nothing of it is left behind."""
    config = config or config_of(folder, free_port())
    port = int(config["server"]["http_addr"].rpartition(":")[2])
    with running(command(folder, config), folder, **variables) as process:
        server = Several(port, process)
        server.all_serve()
        yield server


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to a worker of a server that the test has started."""
    os.kill(pid, number)


def is_alive(pid: int) -> bool:
    """Tell whether there is such a process, which is not about to be reaped."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
