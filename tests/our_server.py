"""Our server as twistd runs it, on a MySQL database, with its keys in the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from tests.running import COMMAND, TWISTD, Running, ended, free_port, running
from tests.running import write_config as write

SECRETS = {"NOTARY_SERVER_KEY_PASSPHRASE": "passphrase of the keys under load"}


@frozen
class OurServer:
    """A server that answers plain HTTP on a port of loopback."""

    port: int
    running: Running

    @property
    def is_alive(self) -> bool:
        """Whether the process that was started still runs."""
        return self.running.process.poll() is None


def bootstrap(folder: Path, dsn: str) -> None:
    """Make the schema as an operator does."""
    path = write(folder, _config(free_port(), dsn))
    done = ended([*COMMAND, "-bootstrap", "-config", str(path)], folder, **SECRETS)
    assert done.returncode == 0, done


@contextmanager
def our_server(folder: Path, dsn: str) -> Iterator[OurServer]:
    """Run a server on a database with a schema; at the end it must stop as asked."""
    folder.mkdir()
    port = free_port()
    path = write(folder, _config(port, dsn))
    command = [*TWISTD, "notary-server", "--config", str(path)]
    with running(command, folder, **SECRETS) as process:
        yield OurServer(port, process)
        assert process.stop() == 0, process.log


def _config(port: int, dsn: str) -> dict:
    return {
        "server": {"http_addr": f"127.0.0.1:{port}"},
        "trust_service": {"type": "local"},
        "storage": {"backend": "mysql", "db_url": dsn},
        "logging": {"level": "info"},
    }
