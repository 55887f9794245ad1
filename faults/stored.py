"""What a database holds of a repository in the end, read without any server."""

import hashlib
import shutil
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.load_verify import History

Rows = Callable[[str], Sequence[tuple[Any, ...]]]
"""Runs one query."""

_FILES = "SELECT gun, role, version, data, sha256 FROM tuf_files ORDER BY version"
_CHANGES = "SELECT gun, version, sha256, category FROM changefeed ORDER BY id"
_SERVED = ("targets", "snapshot", "timestamp")


def histories(rows: Rows) -> dict[str, History]:
    """Return all files, by GUN; fail if one is damaged or there is half a publish."""
    found: dict[str, Any] = defaultdict(lambda: {role: {} for role in _SERVED})
    for gun, role, version, data, sha256 in rows(_FILES):
        assert role, f"a claim was left behind: {gun}"
        held = data.encode() if isinstance(data, str) else bytes(data)
        assert hashlib.sha256(held).hexdigest() == sha256, (gun, role, version)
        found[gun].setdefault(role, {})[version] = held
    return {
        gun: History(gun, *(roles[role] for role in _SERVED))
        for gun, roles in found.items()
    }


def records(rows: Rows) -> dict[str, list[dict[str, Any]]]:
    """Return the changefeed in the words of the API, by GUN."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for gun, version, sha256, category in rows(_CHANGES):
        found[gun].append({"Version": version, "SHA256": sha256, "Category": category})
    return found


def sqlite_rows(path: Path) -> Rows:
    """Return how to query a copy of a SQLite file, as it would survive a crash."""

    def run(query: str) -> Sequence[tuple[Any, ...]]:
        with tempfile.TemporaryDirectory() as folder:
            for file in path.parent.glob(f"{path.name}*"):
                if not file.name.endswith("-shm"):
                    shutil.copy(file, folder)
            with closing(sqlite3.connect(Path(folder) / path.name)) as connection:
                return connection.execute(query).fetchall()

    return run
