"""Every fault: its name, what the table calls it, and how often it is injected."""

import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from faults import clocks, databases, kills, links, million, several
from faults.judge import Result
from faults.scene import Scene
from tests.mariadb import MariaDB

_QUICK_OUTAGE = 1.5
_MILLION = 1_000_000
_QUICK_PART = 50


@frozen
class Fault:
    """A fault that is injected so many times, and in the suite only so many."""

    name: str
    title: str
    inject: Callable[[Scene], None]
    times: int
    quick: int


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("server-killed", "the server is killed", kills.server, 100, 5),
        Fault(
            "server-killed-sqlite",
            "the same with SQLite",
            kills.server_on_sqlite,
            100,
            3,
        ),
        Fault("worker-killed", "one of two workers is killed", kills.worker, 30, 2),
        Fault("database-killed", "the database is killed", kills.database, 20, 1),
        Fault("signer-killed", "the signer is killed", kills.signer, 20, 1),
        Fault("signer-killed-go", "the same with Go's signer", kills.go_signer, 20, 1),
        Fault(
            "database-link",
            "replies of the database are late, cut or lost",
            links.to_the_database,
            100,
            5,
        ),
        Fault(
            "signer-link",
            "replies of the signer are late, cut or lost",
            links.to_the_signer,
            100,
            5,
        ),
        Fault(
            "insert-refused",
            "one insert of a publish fails",
            databases.refused_inserts,
            60,
            3,
        ),
        Fault("deadlock", "inserts end in deadlocks", databases.deadlocks, 60, 3),
        Fault("read-only", "the database is read-only", databases.read_only, 20, 1),
        Fault("full-disk", "the disk is full (SQLite)", databases.full_disk, 20, 1),
        Fault("clock", "the clock jumps by hours to years", clocks.steps, 100, 10),
        Fault(
            "two-servers",
            "publishers collide on two servers",
            several.two_servers,
            300,
            20,
        ),
        Fault(
            "four-servers",
            "publishers collide on four servers",
            several.four_servers,
            300,
            20,
        ),
    )
}


def result_of(
    fault: Fault, mariadb: MariaDB, folder: Path, seed: int, *, quick: bool
) -> Result:
    """Inject a fault as often as it should be; return what that cost."""
    times = fault.quick if quick else fault.times
    longest = {"longest": _QUICK_OUTAGE} if quick else {}
    scene = Scene(folder, mariadb, random.Random(seed), times, **longest)
    with scene.running():
        fault.inject(scene)
    return Result(fault.name, seed, scene.injected, **scene.seen)


def run(fault: Fault, seed: int, *, quick: bool) -> Result:
    """Do so with a database of its own."""
    with _database() as (mariadb, folder):
        return result_of(fault, mariadb, folder, seed, quick=quick)


def run_million(seed: int, *, quick: bool) -> list[dict[str, Any]]:
    """Send a million requests to one process, and some to two workers."""
    found = []
    for workers, requests in ((1, _MILLION), (2, _MILLION // 5)):
        with _database() as (mariadb, folder):
            scene = Scene(folder, mariadb, random.Random(seed), 1)
            with scene.running():
                many = requests // _QUICK_PART if quick else requests
                result = million.run(scene, many, workers, seed)
            found.append({"fault": f"million-{workers}", **result})
    return found


@contextmanager
def _database() -> Iterator[tuple[MariaDB, Path]]:
    """Run a database; give a folder, too."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "database").mkdir()
        (folder / "scene").mkdir()
        mariadb = MariaDB(folder / "database")
        mariadb.start()
        try:
            yield mariadb, folder / "scene"
        finally:
            mariadb.stop()
