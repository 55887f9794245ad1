"""What runs during a comparison: one MariaDB, and two servers, each with its signer.

Both servers have the same certificate, configuration and rows, but a database of
their own; the keys of one signer are copied to the other. Everything is in one
folder, which is gone at the end, as are the processes.
"""

import base64
import json
import shutil
import ssl
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from bench.nginx import nginx
from bench.programs import Cost, Program
from bench.tokens import Tokens
from notary.tuf.keys import PublicKey
from tests import our_server, our_signer
from tests.certificates import Authority, Pair
from tests.gopeers import SIGNER_ALIAS, SIGNER_PASSPHRASES, remote_trust
from tests.mariadb import MariaDB, Place
from tests.running import COMMAND, PROJECT, SIGNER_COMMAND, free_port

GO, OURS, NGINX = "go", "ours", "nginx"
DATABASE_OPTIONS = (
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-buffer-pool-size=1G",
    "--innodb-log-file-size=256M",
    "--max-connections=1000",
)
_PROGRAMS = {
    GO: (["/usr/bin/notary-server"], ["/usr/bin/notary-signer"]),
    OURS: (COMMAND, SIGNER_COMMAND),
}
_ENVIRONMENT = {"PYTHONPATH": str(PROJECT)}


@define
class Side:
    """One server of the comparison, with its signer if it has one."""

    name: str
    server: Program
    signer: Program | None = None

    def keep_alive(self) -> bool:
        """Start the server again if it died; tell whether it had."""
        if self.server.is_alive:
            return False
        self.server.start()
        return True


@frozen
class Stored:
    """Where one side keeps what it stores, and the signer that it uses."""

    place: Place
    keys: Place
    signer: Program
    trust: dict[str, Any]


@define
class Lab:
    """Everything that runs, and how to start another server beside it."""

    folder: Path
    authority: Authority
    pair: Pair
    database: MariaDB
    tokens: Tokens
    stored: dict[str, Stored]
    _end: ExitStack = field(factory=ExitStack)
    _sides: dict[tuple[str, ...], Side] = field(factory=dict, init=False)

    def side(self, name: str, *flags: str, with_tokens: bool = False) -> Side:
        """Return a running server of one side; it runs until the lab ends."""
        key = (name, str(with_tokens), *flags)
        if key not in self._sides:
            self._sides[key] = self._start(name, flags, with_tokens)
        return self._sides[key]

    @property
    def places(self) -> list[Place]:
        """The databases of both servers."""
        return [stored.place for stored in self.stored.values()]

    def statements(self) -> dict[str, int]:
        """Return the database's own counts of statements since its start."""
        rows = self.places[0].run("SHOW GLOBAL STATUS")
        return {
            name: int(value)
            for name, value in rows
            if name == "Questions" or (name.startswith("Com_") and value.isdigit())
        }

    def database_cost(self) -> Cost:
        """Return what the database has used until now."""
        return Cost.of(int((self.folder / "mariadb/data/pid").read_text()))

    def online_key(self) -> PublicKey:
        """Return a timestamp key, which both signers have from then on."""
        go = self.side(GO)
        context = ssl.create_default_context(cafile=self.authority.certificate)
        url = f"https://localhost:{go.server.port}"
        path = "/v2/example.com/bench/_trust/tuf/timestamp.key"
        with urllib.request.urlopen(url + path, context=context) as answer:  # noqa: S310
            said = json.load(answer)
        self._copy_keys()
        value = base64.b64decode(said["keyval"]["public"])
        return PublicKey(said["keytype"], value)

    def _copy_keys(self) -> None:
        go, ours = self.stored[GO].keys.name, self.stored[OURS].keys.name
        rows = f"SELECT * FROM {go}.private_keys"  # noqa: S608
        self.places[0].run(f"INSERT IGNORE INTO {ours}.private_keys {rows}")

    def _start(self, name: str, flags: Sequence[str], with_tokens: bool) -> Side:
        port = free_port()
        if name == NGINX:
            server = nginx(self.folder, port, self.pair.certificate, self.pair.key)
            return self._started(Side(name, server))
        stored = self.stored[name]
        config = json.loads((PROJECT / "etc/notary-server.json").read_text())
        config["server"] = {"http_addr": f"127.0.0.1:{port}", **_tls(self.pair)}
        config["trust_service"] |= stored.trust
        config["storage"]["db_url"] = stored.place.dsn
        if with_tokens:
            config["auth"] = self.tokens.settings
        server = Program(
            f"{name}-server-{len(self._sides)}",
            [*_PROGRAMS[name][0], *flags, "-config"],
            self.folder,
            json.dumps(config),
            port,
            _ENVIRONMENT,
        )
        return self._started(Side(name, server, stored.signer))

    def _started(self, side: Side) -> Side:
        self._end.callback(side.server.stop)
        side.server.start()
        return side


@contextmanager
def open_lab() -> Iterator[Lab]:
    """Start the database and the signers; the servers start when they are needed."""
    folder = Path(tempfile.mkdtemp(prefix="notary-bench-"))
    with ExitStack() as end:
        end.callback(shutil.rmtree, folder)
        (folder / "mariadb").mkdir()
        database = MariaDB(folder / "mariadb", *DATABASE_OPTIONS)
        end.callback(database.stop)
        database.start()
        authority = Authority(folder / "certificates")
        pair = authority.issue("server")
        stored = {
            name: _stored(name, folder, database, authority, end) for name in _PROGRAMS
        }
        tokens = Tokens(folder)
        yield Lab(folder, authority, pair, database, tokens, stored, end)


def _stored(
    name: str, folder: Path, database: MariaDB, authority: Authority, end: ExitStack
) -> Stored:
    place, keys = database.create_database(), database.create_database()
    # Both programs' tables are the same, whoever makes them.
    our_server.bootstrap(folder, place.dsn)
    our_signer.bootstrap(folder, keys.dsn, authority)
    signer, ports = _signer(name, folder, keys, authority)
    end.callback(signer.stop)
    signer.start()
    trust = remote_trust(ports["http_addr" if name == OURS else "grpc_addr"], authority)
    return Stored(place, keys, signer, trust)


def _signer(
    name: str, folder: Path, place: Place, authority: Authority
) -> tuple[Program, dict[str, int]]:
    ports = {"http_addr": free_port(), "grpc_addr": free_port()}
    config = json.loads((PROJECT / "etc/notary-signer.json").read_text())
    config["server"] = {
        **{key: f"127.0.0.1:{port}" for key, port in ports.items()},
        **_tls(authority.issue(f"{name}-signer")),
        "client_ca_file": str(authority.certificate),
    }
    config["storage"] |= {"db_url": place.dsn, "default_alias": SIGNER_ALIAS}
    program = Program(
        f"{name}-signer",
        [*_PROGRAMS[name][1], "-config"],
        folder,
        json.dumps(config),
        ports["grpc_addr"],
        _ENVIRONMENT | SIGNER_PASSPHRASES,
    )
    return program, ports


def _tls(pair: Pair) -> dict[str, str]:
    return {"tls_cert_file": str(pair.certificate), "tls_key_file": str(pair.key)}
