"""Processes that are killed at random moments, and started again."""

import os
import signal as signals
from collections.abc import Mapping
from typing import Any

from faults.go_signer import GoSigner
from faults.memory import processes
from faults.programs import Program
from faults.scene import Scene
from faults.stored import sqlite_rows


def server(scene: Scene) -> None:
    """Kill the server amid publishes."""
    place = scene.place()
    killed = scene.server(place)
    with scene.load([killed], place.run) as load:
        for _ in scene.injections():
            scene.moment()
            killed.kill()
            killed.start()
            scene.settle(load)


def server_on_sqlite(scene: Scene) -> None:
    """Kill a server whose database is a file."""
    path = scene.folder / "notary.db"
    killed = scene.server({"backend": "sqlite3", "db_url": str(path)})
    with scene.load([killed], sqlite_rows(path)) as load:
        for _ in scene.injections():
            scene.moment()
            killed.kill()
            killed.start()
            scene.settle(load)


def database(scene: Scene) -> None:
    """Kill the database, and let it recover."""
    place = scene.place()
    server = scene.server(place)
    with scene.load([server], place.run) as load:
        for _ in scene.injections():
            scene.moment()
            scene.mariadb.kill()
            scene.moment(scene.longest / 4)
            scene.mariadb.start()
            scene.settle(load)


def signer(scene: Scene) -> None:
    """Kill the signer: reads need none."""
    _signer(scene, *scene.signer())


def go_signer(scene: Scene) -> None:
    """Kill that of Debian, which our server uses."""
    _signer(scene, *scene.go_signer())


def _signer(scene: Scene, killed: Program | GoSigner, trust: Mapping[str, Any]) -> None:
    place = scene.place()
    with scene.load([scene.server(place, trust)], place.run, reads=True) as load:
        for _ in scene.injections():
            scene.moment()
            killed.kill()
            scene.wait_for_failures(load, 2)
            scene.moment(scene.longest / 4)
            killed.start()
            scene.settle(load)


def worker(scene: Scene) -> None:
    """Kill one of two workers of a server; the other one serves."""
    place = scene.place()
    server = scene.server(place, flags=["--workers=2"])
    server.wait_for("All 2 workers serve")
    with scene.load([server], place.run) as load:
        for _ in scene.injections():
            scene.moment()
            _, *workers = processes(server.pid)
            os.kill(scene.rng.choice(workers), signals.SIGKILL)
            scene.settle(load)
