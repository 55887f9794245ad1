"""Our server as twistd runs it, on a MySQL database.

Its keys are in the same database unless a ``trust_service`` names a signer.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.certificates import Pair
from tests.gopeers import LOCAL_TRUST
from tests.running import COMMAND, TWISTD, Running, ended, free_port, running
from tests.running import write_config as write

SECRETS = {"NOTARY_SERVER_KEY_PASSPHRASE": "passphrase of the keys under load"}


@frozen
class OurServer:
    """A server that answers on a port of loopback, plain HTTP if without TLS."""

    port: int
    running: Running

    @property
    def url(self) -> str:
        """Where a server with TLS is reached."""
        return f"https://localhost:{self.port}"

    @property
    def is_alive(self) -> bool:
        """Whether the process that was started still runs."""
        return self.running.process.poll() is None


def bootstrap(
    folder: Path, dsn: str, trust_service: Mapping[str, Any] = LOCAL_TRUST
) -> None:
    """Make the schema as an operator does."""
    path = write(folder, server_config(free_port(), dsn, trust_service, None))
    done = ended([*COMMAND, "-bootstrap", "-config", str(path)], folder, **SECRETS)
    assert done.returncode == 0, done


@contextmanager
def our_server(
    folder: Path,
    dsn: str,
    trust_service: Mapping[str, Any] = LOCAL_TRUST,
    tls: Pair | None = None,
    ops_addr: str = "",
    *,
    workers: int = 1,
) -> Iterator[OurServer]:
    """Run a server on a database with a schema; at the end it must stop as asked."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    config = server_config(port, dsn, trust_service, tls)
    config["server"]["ops_addr"] = ops_addr
    path = write(folder, config)
    program = [*TWISTD, "notary-server", "--config", str(path)]
    command = [*program, f"--workers={workers}"]
    secrets = SECRETS if trust_service == LOCAL_TRUST else {}
    with running(command, folder, **secrets) as process:
        yield OurServer(port, process)
        assert process.stop() == 0, process.log


def server_config(
    port: int, dsn: str, trust_service: Mapping[str, Any], tls: Pair | None
) -> dict[str, Any]:
    """Return the configuration of a server on a MySQL database."""
    files = {}
    if tls is not None:
        files = {"tls_cert_file": str(tls.certificate), "tls_key_file": str(tls.key)}
    return {
        "server": {"http_addr": f"127.0.0.1:{port}", **files},
        "trust_service": dict(trust_service),
        "storage": {"backend": "mysql", "db_url": dsn},
        "logging": {"level": "info"},
    }
