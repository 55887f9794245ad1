"""Private MariaDB servers: own folder, port and socket, loopback only.

``MariaDB`` starts, stops and kills the server; ``create_database`` makes an empty
database for a test and tells how to reach it, for PyMySQL and for Go's driver.
"""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pymysql
import pytest
from attrs import evolve, frozen

from tests.running import free_port

OWNER = "owner"
"""May do everything."""
PLAIN = "plain"
"""May select, insert, update and delete."""
PASSWORD = "p@ss/w:rd"

_START_SECONDS = 60
_STOP_SECONDS = 60
_INNODB = ("--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M")
_USERS = (
    f"CREATE USER '{OWNER}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'",
    f"GRANT ALL ON *.* TO '{OWNER}'@'127.0.0.1' WITH GRANT OPTION",
    f"CREATE USER '{PLAIN}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'",
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON *.* TO '{PLAIN}'@'127.0.0.1'",
)


@frozen
class Place:
    """One database of the server, as one user reaches it."""

    name: str
    port: int
    user: str = OWNER

    @property
    def dsn(self) -> str:
        """The address in the grammar of go-sql-driver."""
        return f"{self.user}:{PASSWORD}@tcp(127.0.0.1:{self.port})/{self.name}"

    def connect(self, **options: Any) -> pymysql.connections.Connection:
        """Return a new connection, which the caller closes."""
        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user=self.user,
            password=PASSWORD,
            database=self.name,
            **options,
        )

    def plain(self) -> "Place":
        """Return the same database for the user that may not change tables."""
        return evolve(self, user=PLAIN)

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run and commit statements; return the rows of the last."""
        with (
            closing(self.connect(autocommit=True)) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())


class MariaDB:
    """A server on its own folder, which is made when it is first started.

    ``options`` are more of ``mariadbd``'s, such as ``--max-allowed-packet=64M``;
    ``entering`` is a command that runs it somewhere else, such as in another network.
    """

    entering: tuple[str, ...] = ()

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        self.socket = folder / "socket"
        self._options = options
        self._environment = dict(os.environ)
        self._data = folder / "data"
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._names = (f"db{number}" for number in itertools.count(1))

    def start(self) -> None:
        """Start the server and wait until it answers."""
        if not self._data.exists():
            self._install()
        options = (
            *("--no-defaults", "--user=root", f"--datadir={self._data}"),
            *(f"--socket={self.socket}", f"--port={self.port}"),
            *("--skip-networking=0", "--bind-address=127.0.0.1"),
            *("--skip-name-resolve", f"--pid-file={self._data}/pid", *_INNODB),
            *self._options,
        )
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.entering, "/usr/sbin/mariadbd", *options],
                # A session whose leader ends has its stopped processes woken.
                start_new_session=True,
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        self._wait()

    def stop(self) -> None:
        """Let the server write what it has and end."""
        if self._process:
            self._process.terminate()
            self._process.wait(_STOP_SECONDS)
            self._process = None

    def kill(self) -> None:
        """End the server as a power failure does."""
        if self._process:
            self._process.kill()
            self._process.wait(_STOP_SECONDS)
            self._process = None

    def pause(self) -> None:
        """Let the server be silent, as one that the network lost."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a silent server go on."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def create_database(self) -> Place:
        """Make an empty database."""
        place = Place(next(self._names), self.port)
        evolve(place, name="mysql").run(f"CREATE DATABASE {place.name}")
        return place

    def load(self, place: Place, dump: Path) -> None:
        """Run the statements of a dump."""
        self._client("mariadb", place.name, stdin=dump.read_bytes())

    def dump(self, place: Place) -> str:
        """Return tables and rows as statements, without dates and counters."""
        return self._client("mariadb-dump", "--compact", "--hex-blob", place.name)

    def _install(self) -> None:
        done = subprocess.run(
            [
                *("mariadb-install-db", "--no-defaults", "--user=root"),
                *("--auth-root-authentication-method=normal", "--skip-test-db"),
                *(f"--datadir={self._data}", *_INNODB),
                # Its own: runs side by side would meet in that of all.
                f"--tmpdir={self._data}",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.returncode == 0, done.stdout.decode()
        self.start()
        try:
            self._client("mariadb", "mysql", stdin=";\n".join(_USERS).encode())
        finally:
            self.stop()

    def _client(self, program: str, *arguments: str, stdin: bytes = b"") -> str:
        done = subprocess.run(
            [program, "--no-defaults", f"--socket={self.socket}", "-uroot", *arguments],
            env={"PATH": os.environ["PATH"]},
            input=stdin,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def _wait(self) -> None:
        assert self._process
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket(socket.AF_UNIX) as attempt:
                if attempt.connect_ex(str(self.socket)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(self._log.read_text())


@contextmanager
def mariadb(folder: Path, *options: str) -> Iterator[MariaDB]:
    """Yield a running server, and leave nothing of it behind."""
    server = MariaDB(folder, *options)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def mariadb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """The one server of the session; a test makes a database of its own on it."""
    with mariadb(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


@pytest.fixture(scope="module")
def own_mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """A server of a module's own, whose tests may stop, kill and restart it."""
    with mariadb(tmp_path_factory.mktemp("own")) as server:
        yield server
