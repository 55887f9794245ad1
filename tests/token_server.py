"""The token server of ``etc/``, as a process, and our server in need of its tokens."""

import base64
import json
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from tests.certificates import Authority, Pair
from tests.running import PROJECT, TWISTD, Running, running, write_config

EXAMPLE = json.loads((PROJECT / "etc" / "token-server.json").read_text())
ALICE = "alice:alice-password"
BOB = "bob:bob-password"


@frozen
class TokenServer:
    """A running token server."""

    realm: str

    def token(self, credentials: str, gun: str, actions: str) -> str:
        """Return the token that a user gets, whatever it is good for."""
        query = {"service": EXAMPLE["service"], "scope": f"repository:{gun}:{actions}"}
        request = urllib.request.Request(
            f"{self.realm}?{urllib.parse.urlencode(query)}"
        )
        if credentials:
            basic = base64.b64encode(credentials.encode()).decode()
            request.add_header("Authorization", f"Basic {basic}")
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)["token"]


@contextmanager
def token_server(
    folder: Path, port: int, signing: Pair, **changes: object
) -> Iterator[TokenServer]:
    """Run the example with its users and rights, and a key to sign with."""
    folder.mkdir()
    config = EXAMPLE | {
        "listen": f"tcp:{port}:interface=127.0.0.1",
        "key": str(signing.key),
        "certificate": str(signing.certificate),
    }
    path = write_config(folder, config | changes)
    command = [sys.executable, str(PROJECT / "etc" / "token-server.py"), str(path)]
    with running(command, folder):
        yield TokenServer(f"http://127.0.0.1:{port}/auth/token")


@contextmanager
def guarded_server(
    folder: Path, port: int, authority: Authority, options: dict
) -> Iterator[Running]:
    """Run our server, everything in memory, with these options of tokens; stop it."""
    folder.mkdir()
    pair = authority.issue("server")
    config = {
        "server": {
            "http_addr": f"127.0.0.1:{port}",
            "tls_cert_file": str(pair.certificate),
            "tls_key_file": str(pair.key),
        },
        "trust_service": {"type": "local"},
        "storage": {"backend": "memory"},
        "logging": {"level": "info"},
        "auth": {
            "type": "token",
            "options": {
                "service": EXAMPLE["service"],
                "issuer": EXAMPLE["issuer"],
                **options,
            },
        },
    }
    path = write_config(folder, config)
    command = [*TWISTD, "notary-server", "--config", str(path)]
    with running(command, folder) as server:
        yield server
        assert server.stop() == 0, server.log
