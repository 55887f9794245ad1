"""Our signer as twistd runs it, on a MySQL database, over gRPC and HTTPS at once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.certificates import Authority, Pair
from tests.gopeers import SIGNER_ALIAS, SIGNER_PASSPHRASES, remote_trust
from tests.running import SIGNER_COMMAND, TWISTD, Running, ended, free_port, running
from tests.running import write_config as write

PROTOCOLS = ("grpc", "https")


@frozen
class OurSigner:
    """A signer that wants clients of the authority.

    ``ports`` are by protocol; if there is one for ``ops``, health is told there.
    """

    ports: Mapping[str, int]
    authority: Authority
    running: Running

    @property
    def pid(self) -> int:
        """The process that holds the keys."""
        return self.running.process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process that was started still runs."""
        return self.running.process.poll() is None

    def trust(self, protocol: str = "grpc", **changes: Any) -> dict[str, Any]:
        """Return the ``trust_service`` settings of a server that uses this signer."""
        settings = remote_trust(self.ports[protocol], self.authority)
        return {**settings, "protocol": protocol, **changes}


def new_ports() -> dict[str, int]:
    """Return ports of loopback for a signer that is to be started again on them."""
    return {protocol: free_port() for protocol in PROTOCOLS}


def bootstrap(folder: Path, dsn: str, authority: Authority) -> None:
    """Make the schema as an operator does."""
    folder.mkdir(parents=True, exist_ok=True)
    pair = authority.issue("our-signer")
    path = write(folder, signer_config(new_ports(), dsn, authority, pair))
    done = ended([*SIGNER_COMMAND, "-bootstrap", "-config", str(path)], folder)
    assert done.returncode == 0, done


@contextmanager
def our_signer(
    folder: Path,
    dsn: str,
    authority: Authority,
    *,
    ports: Mapping[str, int] | None = None,
    pair: Pair | None = None,
) -> Iterator[OurSigner]:
    """Run a signer on a database with a schema; if it lives it must stop as asked."""
    folder.mkdir(parents=True, exist_ok=True)
    ports = ports or new_ports()
    pair = pair or authority.issue("our-signer")
    path = write(folder, signer_config(ports, dsn, authority, pair))
    command = [*TWISTD, "notary-signer", "--config", str(path)]
    with running(command, folder, **SIGNER_PASSPHRASES) as process:
        signer = OurSigner(ports, authority, process)
        yield signer
        if signer.is_alive:
            assert process.stop() == 0, process.log


def signer_config(
    ports: Mapping[str, int], dsn: str, authority: Authority, pair: Pair
) -> dict[str, Any]:
    """Return the configuration of a signer on a MySQL database."""
    return {
        "server": {
            "grpc_addr": f"127.0.0.1:{ports['grpc']}",
            "http_addr": f"127.0.0.1:{ports['https']}",
            "tls_cert_file": str(pair.certificate),
            "tls_key_file": str(pair.key),
            "client_ca_file": str(authority.certificate),
            "ops_addr": f"127.0.0.1:{ports['ops']}" if "ops" in ports else "",
        },
        "storage": {
            "backend": "mysql",
            "db_url": dsn,
            "default_alias": SIGNER_ALIAS,
        },
        "logging": {"level": "info"},
    }
