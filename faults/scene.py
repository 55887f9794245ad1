"""What surrounds a fault: programs, a load on them, and the count of injections."""

import random
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from attrs import define, field

from faults.go_signer import GoSigner
from faults.judge import check, counted
from faults.programs import Program
from faults.stored import Rows
from tests import our_server, our_signer
from tests.certificates import Authority
from tests.gopeers import LOCAL_TRUST, SIGNER_PASSPHRASES
from tests.load import Limits, Link, Load, Outcome, create_repository
from tests.mariadb import MariaDB, Place
from tests.running import TWISTD, free_port, write_config

SECONDS = 90.0
_LIMITS = Limits(seconds=7200, rounds=10**9, pause=0.02, pause_after_failure=0.05)
_GUNS = ("example.com/one", "example.com/two")
_Started = TypeVar("_Started", Program, GoSigner)


@define
class Scene:
    """One fault in its own folder, to be injected so many times."""

    folder: Path
    mariadb: MariaDB
    rng: random.Random
    times: int
    longest: float = 12.0
    """For how many seconds an outage may last."""
    injected: int = field(default=0, init=False)
    seen: dict[str, Any] = field(factory=dict, init=False)
    _programs: list[Program | GoSigner] = field(factory=list, init=False)

    def place(self) -> Place:
        """Return a database with the schema of a server."""
        place = self.mariadb.create_database()
        our_server.bootstrap(self._new_folder(), place.dsn)
        return place

    def server(
        self,
        storage: Place | Mapping[str, str],
        trust: Mapping[str, Any] = LOCAL_TRUST,
        *,
        entering: Sequence[str] = (),
        variables: Mapping[str, str] | None = None,
        flags: Sequence[str] = (),
        auth: Mapping[str, Any] | None = None,
        **settings: object,
    ) -> Program:
        """Start a server; ``entering`` is a command that runs it somewhere else."""
        folder, port = self._new_folder(), free_port()
        config = our_server.server_config(port, "", trust, None)
        if isinstance(storage, Place):
            storage = {"backend": "mysql", "db_url": storage.plain().dsn}
        config["storage"] = dict(storage)
        config["server"] |= settings
        if auth:
            config["auth"] = dict(auth)
        secrets = our_server.SECRETS if trust == LOCAL_TRUST else {}
        path = write_config(folder, config)
        command = [*entering, *TWISTD, "notary-server", "--config", str(path), *flags]
        return self._start(Program(command, folder, port, secrets | (variables or {})))

    def signer(self) -> tuple[Program, dict[str, Any]]:
        """Start a signer; return it and how a server trusts it, briefly."""
        folder, dsn, authority = self._keys()
        ports, pair = our_signer.new_ports(), authority.issue("signer")
        path = write_config(
            folder, our_signer.signer_config(ports, dsn, authority, pair)
        )
        command = [*TWISTD, "notary-signer", "--config", str(path)]
        program = Program(command, folder, ports["grpc"], SIGNER_PASSPHRASES)
        return self._start(program), _brief_trust(ports["grpc"], authority)

    def go_signer(self) -> tuple[GoSigner, dict[str, Any]]:
        """Start that of Debian in the place of ours; return the same."""
        folder, dsn, authority = self._keys()
        signer = GoSigner(folder, dsn, authority, free_port())
        return self._start(signer), _brief_trust(signer.port, authority)

    def _keys(self) -> tuple[Path, str, Authority]:
        """Return a folder, a database with a signer's schema, and an authority."""
        folder, place = self._new_folder(), self.mariadb.create_database()
        authority = Authority(folder / "authority")
        our_signer.bootstrap(folder, place.dsn, authority)
        return folder, place.plain().dsn, authority

    @contextmanager
    def load(
        self, servers: Sequence[Program], rows: Rows, *, reads: bool = False
    ) -> Iterator[Load]:
        """Publish and read while the block runs, then judge what came of it.

        With ``reads`` the fault must not cost any. Whatever fails is kept in ``seen``.
        """
        ports = [server.port for server in servers]
        with closing(Link(ports[0])) as link:
            repositories = [create_repository(link, gun) for gun in _GUNS]
        load = Load(ports, repositories, competing=2, limits=_LIMITS)
        broken, began = [], time.monotonic()
        try:
            with load:
                self.settle(load)
                yield load
                self.settle(load)
            ended = time.monotonic()
            check(load, rows)
        except Exception:  # whatever it is, the table tells it
            ended = min(time.monotonic(), load.record.walks[-1].ended)
            broken.append(traceback.format_exc(limit=-2))
        self.seen = counted(load, rows, began, ended)
        if reads and self.seen["reads_failed"]:
            broken.append("reads failed that need nothing that was broken")
        self.seen["broken"] += broken

    def injections(self) -> Iterator[int]:
        """Count, and tell who waits how far it is."""
        for number in range(self.times):
            self.injected += 1
            sys.stderr.write(f"\r  {self.injected} of {self.times} ")
            sys.stderr.flush()
            yield number
        sys.stderr.write("\n")

    def settle(self, load: Load, publishes: int = 3, walks: int = 3) -> None:
        """Wait until the service is there, for publishers and readers."""
        load.record.wait_for_more(SECONDS, publishes, walks)

    def wait_for_failures(self, load: Load, count: int) -> None:
        """Wait until so many more publishes have been answered 503."""

        def failures() -> int:
            attempts = list(load.record.attempts)
            return sum(one.outcome is Outcome.UNAVAILABLE for one in attempts)

        wanted = failures() + count
        load.record.wait(SECONDS, lambda _: failures() >= wanted)

    def moment(self, longest: float = 0.3) -> None:
        """Wait until a moment that nobody can foresee."""
        time.sleep(self.rng.uniform(0, longest))

    @contextmanager
    def running(self) -> Iterator["Scene"]:
        """End every program with the block; note what their logs should not have."""
        try:
            yield self
        finally:
            for program in reversed(self._programs):
                program.stop()
        for program in self._programs:
            self.seen.setdefault("broken", []).extend(program.unhandled()[:3])

    def _new_folder(self) -> Path:
        folder = self.folder / f"{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        return folder

    def _start(self, program: _Started) -> _Started:
        program.start()
        self._programs.append(program)
        return program


def _brief_trust(port: int, authority: Authority) -> dict[str, Any]:
    """Return the settings of a server that does not wait long for a signer."""
    return {**our_signer.remote_trust(port, authority), "deadline_seconds": 2}
