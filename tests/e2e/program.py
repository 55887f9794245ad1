"""The programs of the story: our server as twistd runs it, and the real client."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import evolve, frozen

from tests.running import TWISTD, Running, running

COMMAND_SECONDS = 60
PASSPHRASES = {
    f"NOTARY_{role}_PASSPHRASE": f"{role.lower()}-passphrase"
    for role in ("ROOT", "TARGETS", "SNAPSHOT", "DELEGATION")
}


@contextmanager
def running_server(folder: Path, port: int) -> Iterator[Running]:
    """Run ``twistd notary-server`` on a development folder; stop it with SIGTERM."""
    command = [*TWISTD, "notary-server", "--development", str(folder)]
    address = f"localhost:{port}"
    with running(
        command, folder.parent, NOTARY_SERVER_SERVER_HTTP_ADDR=address
    ) as server:
        yield server
        assert server.stop() == 0, server.log


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
