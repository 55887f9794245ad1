"""Containers without an engine: namespaces, a root of their own, and the image's word.

What is run, as whom, where and with which variables is what the image says, as for an
engine. An own network has nothing but loopback, so every port is free in it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import field, frozen

from tests.running import LIMIT_SECONDS, Running

INSIDE = Path(__file__).with_name("inside.py")
_NAMESPACES = ("--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child")


@frozen
class Image:
    """An unpacked image; ``config`` is what an engine is told about it."""

    root: Path
    config: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, folder: Path, name: str) -> "Image":
        """Return an image from where ``etc/unpack-images`` has put it."""
        known = json.loads((folder / f"{name}.json").read_text())
        return cls(folder / name, known["Docker"]["config"])

    @property
    def owner(self) -> tuple[int, int]:
        """The numbers of the user and the group that programs run as."""
        user, group = self.config["User"].split(":")
        return int(user), int(group)

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the variables of a program in it."""
        own = dict(each.split("=", 1) for each in self.config["Env"])
        return {"HOME": "/", **own, **variables}


@frozen
class Network:
    """A network with nothing but loopback, kept by a process that does nothing."""

    pid: int

    @property
    def entering(self) -> tuple[str, ...]:
        """The command that runs one of the host in it."""
        return ("nsenter", f"--net=/proc/{self.pid}/ns/net")


@contextmanager
def own_network() -> Iterator[Network]:
    """A network until the end of the block."""
    command = ["unshare", "--net", sys.executable, str(INSIDE)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as keeper:
        assert keeper.stdout is not None
        assert keeper.stdout.readline() == b"up\n"
        yield Network(keeper.pid)


@frozen
class Container:
    """A running container; ``pid`` is its first process as the host numbers it."""

    image: Image
    root: Path
    running: Running
    pid: int
    environment: Mapping[str, str]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it, as ``docker exec`` does."""
        user, group = self.image.owner
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        enter = ["nsenter", f"--target={self.pid}", "--mount", "--pid", "--net"]
        enter += ["--ipc", "--uts", "--root", "--wd"]
        identity = [f"--setuid={user}", f"--setgid={group}"]
        return _ended([*enter, *identity, "env", "-i", *variables, *command])

    def check_health(self) -> subprocess.CompletedProcess[str]:
        """Do what the engine does now and then."""
        kind, command = self.image.config["Healthcheck"]["Test"]
        assert kind == "CMD-SHELL"
        return self.run("/bin/sh", "-c", command)

    @property
    def entering(self) -> tuple[str, ...]:
        """The command that runs one of the host in the network of the container."""
        return ("nsenter", f"--net=/proc/{self.pid}/ns/net")

    def get(self, url: str, authority: Path | None = None) -> str:
        """Return what the host's client is answered, if it trusts the authority."""
        options = ["--silent", "--show-error", "--fail-with-body", "--max-time", "20"]
        trust = ["--cacert", str(authority)] if authority else []
        done = _ended([*self.entering, "curl", *options, *trust, url])
        assert done.returncode == 0, done
        return done.stdout

    def stop(self) -> int:
        """Stop it as ``docker stop`` does, and return the exit code."""
        os.kill(self.pid, 15)
        return self.running.wait()


class Engine:
    """Starts containers; each leaves what it wrote in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def ended(
        self, image: Image, *arguments: str, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run a container that ends by itself; the options are those of ``started``."""
        command, _ = self._command(image, arguments, **options)
        return _ended(command)

    @contextmanager
    def started(
        self, image: Image, *arguments: str, **options: Any
    ) -> Iterator[Container]:
        """Run a container in the background until the end of the block.

        ``variables``, ``volumes`` (host path to path inside), and the container whose
        ``network`` it gets are options, as of ``docker run``.
        """
        command, root = self._command(image, arguments, **options)
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        running = Running(process)
        try:
            running.wait_until_it_listens()
            variables = image.environment(options.get("variables", {}))
            yield Container(image, root, running, _child(process.pid), variables)
        finally:
            if process.poll() is None:
                process.kill()
            running.wait()
            for stream in (process.stdout, process.stderr):
                assert stream is not None
                stream.close()

    def _command(
        self,
        image: Image,
        arguments: tuple[str, ...],
        variables: Mapping[str, str] | None = None,
        volumes: Mapping[Path, str] | None = None,
        network: "Container | Network | None" = None,
    ) -> tuple[list[str], Path]:
        self._count += 1
        folder = self._folder / f"container{self._count}"
        for name in ("upper", "work", "root"):
            (folder / name).mkdir(parents=True)
        user, group = image.owner
        wanted = {
            "image": str(image.root),
            **{name: str(folder / name) for name in ("upper", "work", "root")},
            "volumes": {str(host): path for host, path in (volumes or {}).items()},
            "folder": image.config["WorkingDir"],
            "user": user,
            "group": group,
            "command": [*image.config["Entrypoint"], *arguments],
            "environment": image.environment(variables or {}),
        }
        net = ["--net"]
        enter: list[str] = []
        if network is not None:
            enter, net = ["nsenter", f"--net=/proc/{network.pid}/ns/net"], []
        inside = [sys.executable, str(INSIDE), json.dumps(wanted)]
        return [*enter, "unshare", *_NAMESPACES, *net, *inside], folder / "upper"


def _child(parent: int) -> int:
    (child,) = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return int(child)


def _ended(
    command: list[str], environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
