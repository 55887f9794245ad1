"""A database that answers, but refuses to write: an error, a full disk, read-only."""

import errno
import os
from pathlib import Path

from faults.scene import Scene
from faults.stored import sqlite_rows

_FIRST = ("tuf_files", "NEW.role = 'targets'")
_LAST = ("tuf_files", "NEW.role = 'timestamp'")
_CHANGE = ("changefeed", "TRUE")
_POSITIONS = (_FIRST, _LAST, _CHANGE)
_REFUSED = "SQLSTATE '45000'"
_DEADLOCK = "SQLSTATE '40001' SET MYSQL_ERRNO = 1213"
_BYTES = 48 * 1024 * 1024
_CHUNK = 64 * 1024


def _trigger(position: tuple[str, str], signal: str) -> str:
    table, condition = position
    return (
        f"CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW"
        f" IF {condition} AND RAND() < 0.7 THEN SIGNAL {signal}; END IF"
    )


def refused_inserts(scene: Scene) -> None:
    """Let one insert of a publish fail: of its first file, its last, its change."""
    place = scene.place()
    with scene.load([scene.server(place)], place.run, reads=True) as load:
        for number in scene.injections():
            place.run(_trigger(_POSITIONS[number % len(_POSITIONS)], _REFUSED))
            try:
                scene.wait_for_failures(load, 3)
            finally:
                place.run("DROP TRIGGER refuse")
            scene.settle(load)


def deadlocks(scene: Scene) -> None:
    """Let inserts be chosen as the victims of deadlocks: publishes go on."""
    place = scene.place()
    with scene.load([scene.server(place)], place.run, reads=True) as load:
        for number in scene.injections():
            place.run(_trigger(_POSITIONS[number % len(_POSITIONS)], _DEADLOCK))
            try:
                scene.settle(load)
            finally:
                place.run("DROP TRIGGER refuse")


def read_only(scene: Scene) -> None:
    """Let the whole database be read-only for a while, as in a switch to another."""
    place = scene.place()
    with scene.load([scene.server(place)], place.run, reads=True) as load:
        for _ in scene.injections():
            place.run("SET GLOBAL read_only = 1")
            try:
                scene.moment(scene.longest)
                scene.settle(load, publishes=0)
            finally:
                place.run("SET GLOBAL read_only = 0")
            scene.settle(load)


def full_disk(scene: Scene) -> None:
    """Fill the disk on which a SQLite file is, and make room again."""
    disk = scene.folder / "disk"
    disk.mkdir()
    mount = f'mount -t tmpfs -o size={_BYTES} tmpfs {disk} && exec "$@"'
    mapped = ["--map-root-user"] if os.geteuid() else []
    entering = ["unshare", "--mount", *mapped, "sh", "-c", mount, "sh"]
    storage = {"backend": "sqlite3", "db_url": str(disk / "notary.db")}
    server = scene.server(storage, entering=entering)
    inside = Path(f"/proc/{server.pid}/root{disk}")
    with scene.load([server], sqlite_rows(inside / "notary.db"), reads=True) as load:
        for _ in scene.injections():
            _fill(inside / "filling")
            try:
                scene.wait_for_failures(load, 3)
                scene.settle(load, publishes=0)
            finally:
                (inside / "filling").unlink()
            scene.settle(load)


def _fill(path: Path) -> None:
    """Write until not one byte more fits."""
    size = _CHUNK
    with path.open("wb", buffering=0) as file:
        while size:
            try:
                file.write(os.urandom(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 2
