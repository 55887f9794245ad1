"""The real ``notary`` client, and the trust directories that were recorded of it."""

import base64
import os
import subprocess
from pathlib import Path

from attrs import evolve, frozen

from tests.recorded import DATA

SECONDS = 60
RECORDED_PASSPHRASES = "pass-1"


@frozen
class Machine:
    """A machine of a user: a trust directory of its own, and the ``notary`` command.

    ``credentials`` are ``user:password`` for a token server; ``entering`` is a command
    that runs the client somewhere else, such as in a container's network.
    """

    home: Path
    server: str
    authority: Path
    passphrases: str = "passphrase"
    credentials: str = ""
    entering: tuple[str, ...] = ()

    def elsewhere(self, name: str) -> "Machine":
        """Return another machine, whose trust directory is empty."""
        return evolve(self, home=self.home.with_name(name))

    def notary(self, *arguments: object, ok: bool = True) -> str:
        """Run the client and return what it printed; it must succeed, or must not."""
        self.home.mkdir(exist_ok=True)
        command = [*self.entering, "notary", "-s", self.server]
        command += ["--tlscacert", str(self.authority)]
        done = subprocess.run(
            [*command, "-d", self.home, *map(str, arguments)],
            env={**os.environ, **self._environment(), "HOME": str(self.home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
        output = done.stdout.decode()
        assert (done.returncode == 0) is ok, f"{arguments}: {output}"
        return output

    def targets(self, gun: str) -> dict[str, str]:
        """Return role by target name, as the client lists them."""
        rows = [line.split() for line in self.notary("list", gun).splitlines()]
        return {row[0]: row[3] for row in rows if len(row) == 4 and len(row[1]) == 64}

    def _environment(self) -> dict[str, str]:
        roles = ("root", "targets", "snapshot", "delegation")
        secrets = {
            f"NOTARY_{role.upper()}_PASSPHRASE": f"{role}-{self.passphrases}"
            for role in roles
        }
        authentication = base64.b64encode(self.credentials.encode()).decode()
        return {**secrets, "NOTARY_AUTH": authentication}


def recorded_machine(name: str, folder: Path, server: str, authority: Path) -> Machine:
    """Return a recorded client, such as ``h01-init-targets``, with all its keys."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = DATA / "clients" / f"trust-{name}.tar.gz"
    # Debian's Python 3.11.2 has no safe extractall yet, later ones insist on it.
    subprocess.run(["tar", "-xzf", archive, "-C", folder], check=True)
    home = folder / f"trust-{name}"
    return Machine(home, server, authority, RECORDED_PASSPHRASES)
