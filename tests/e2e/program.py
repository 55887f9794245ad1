"""The programs of the story: our server as twistd runs it, and the real client."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import evolve, frozen

PROJECT = Path(__file__).parents[2]
START_SECONDS = 20
COMMAND_SECONDS = 60
PASSPHRASES = {
    f"NOTARY_{role}_PASSPHRASE": f"{role.lower()}-passphrase"
    for role in ("ROOT", "TARGETS", "SNAPSHOT", "DELEGATION")
}


def free_port() -> int:
    """Return a port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_server(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``twistd notary-server`` on a development folder, and stop it with SIGTERM."""
    twistd = Path(sys.executable).with_name("twistd")
    command = [twistd, "-n", "--pidfile=", "notary-server", "--development", folder]
    environment = {
        **os.environ,
        "PYTHONPATH": str(PROJECT),
        "NOTARY_SERVER_SERVER_HTTP_ADDR": f"localhost:{port}",
    }
    log = folder.with_suffix(".log")
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=output
        )
    try:
        _wait_until_it_listens(process, port, log)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(START_SECONDS)
    assert code == 0, log.read_text()


def _wait_until_it_listens(
    process: subprocess.Popen[bytes], port: int, log: Path
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("localhost", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())


@frozen
class Machine:
    """A machine of a user: a trust directory of its own, and the ``notary`` command."""

    home: Path
    server: str
    authority: Path

    def elsewhere(self, name: str) -> "Machine":
        """Return another machine, whose trust directory is empty."""
        return evolve(self, home=self.home.with_name(name))

    def notary(self, *arguments: object, ok: bool = True) -> str:
        """Run the client and return what it printed; it must succeed, or must not."""
        self.home.mkdir(exist_ok=True)
        command = ["notary", "-s", self.server, "--tlscacert", self.authority]
        done = subprocess.run(
            [*command, "-d", self.home, *map(str, arguments)],
            env={**os.environ, **PASSPHRASES, "HOME": str(self.home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        output = done.stdout.decode()
        assert (done.returncode == 0) is ok, f"{arguments}: {output}"
        return output
