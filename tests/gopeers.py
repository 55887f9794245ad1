"""The Go programs from Debian's ``notary`` package, as processes of a test.

Each runs on loopback, on a database that the test names by its go-sql-driver DSN,
and writes its log beside its configuration. The timestamps in the recorded dumps
expire on 2026-12-06: from then on the first GET of each makes the Go server (and
ours) sign and store another, so compare recorded timestamps with rows, not answers.
"""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from attrs import frozen

from tests.certificates import Authority, Pair
from tests.running import free_port

LOCAL_TRUST = {"type": "local"}
SIGNER_ALIAS = "alias_one"
SIGNER_PASSPHRASES = {"NOTARY_SIGNER_ALIAS_ONE": "correct-horse-battery"}

_START_SECONDS = 30
_STOP_SECONDS = 20


@frozen
class Peer:
    """A Go program that answers on a port of localhost."""

    port: int
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Where a server with TLS is reached."""
        return f"https://localhost:{self.port}"


@contextmanager
def go_server(
    folder: Path,
    db_url: str,
    trust_service: Mapping[str, str] = LOCAL_TRUST,
    tls: Pair | None = None,
) -> Iterator[Peer]:
    """Run ``/usr/bin/notary-server`` until the block ends; without TLS, plain HTTP."""
    port = free_port()
    settings = {
        "server": {"http_addr": f"127.0.0.1:{port}", **_tls(tls)},
        "trust_service": dict(trust_service),
        "storage": {"backend": "mysql", "db_url": db_url},
        "logging": {"level": "debug"},
    }
    with _running("notary-server", folder, settings, port) as peer:
        yield peer


@contextmanager
def go_signer(
    folder: Path,
    db_url: str,
    authority: Authority,
    alias: str = SIGNER_ALIAS,
    passphrases: Mapping[str, str] = MappingProxyType(SIGNER_PASSPHRASES),
    *,
    port: int | None = None,
) -> Iterator[Peer]:
    """Run ``/usr/bin/notary-signer``, which wants clients of the same authority."""
    port = port or free_port()
    settings = {
        "server": {
            "grpc_addr": f"127.0.0.1:{port}",
            "client_ca_file": str(authority.certificate),
            **_tls(authority.issue("go-signer")),
        },
        "storage": {
            "backend": "mysql",
            "db_url": db_url,
            "default_alias": alias,
        },
        "logging": {"level": "debug"},
    }
    with _running("notary-signer", folder, settings, port, passphrases) as peer:
        yield peer


@contextmanager
def go_pair(
    folder: Path, authority: Authority, server_url: str, signer_url: str
) -> Iterator[Peer]:
    """Run a signer on one database and a server with TLS that uses it on the other."""
    with go_signer(folder / "go-signer", signer_url, authority) as signer:
        trust = remote_trust(signer.port, authority)
        pair = authority.issue("go-server")
        with go_server(folder / "go-server", server_url, trust, pair) as server:
            yield server


def remote_trust(port: int, authority: Authority) -> dict[str, str]:
    """Return the ``trust_service`` settings of a server that uses such a signer."""
    client = authority.issue("client-of-signer")
    return {
        "type": "remote",
        "hostname": "localhost",
        "port": str(port),
        "key_algorithm": "ecdsa",
        "tls_ca_file": str(authority.certificate),
        "tls_client_cert": str(client.certificate),
        "tls_client_key": str(client.key),
    }


def _tls(pair: Pair | None) -> dict[str, str]:
    if pair is None:
        return {}
    return {"tls_cert_file": str(pair.certificate), "tls_key_file": str(pair.key)}


@contextmanager
def _running(
    program: str,
    folder: Path,
    settings: Mapping[str, Any],
    port: int,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Peer]:
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / f"{program}.json"
    config.write_text(json.dumps(settings))
    log = config.with_suffix(".log")
    with log.open("ab") as output:
        process = subprocess.Popen(
            [f"/usr/bin/{program}", "-config", config],
            env={"PATH": os.environ["PATH"], **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    peer = Peer(port, log, process)
    try:
        _wait_until_it_listens(peer)
        yield peer
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)


def _wait_until_it_listens(peer: Peer) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and peer.process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", peer.port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(peer.log.read_text())
