"""What was measured: one file of JSON lines for each call, kept in bench/results/."""

import json
import os
import platform
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import notary

FOLDER = Path(__file__).parent / "results"
_VERSIONS = {
    "wrk": ["wrk", "-v"],
    "Go": ["go", "version"],
    "MariaDB": ["mariadbd", "--version"],
    "nginx": ["nginx", "-v"],
    "Debian's notary": ["dpkg-query", "-W", "-f", "${Version}", "notary"],
    "commit": ["git", "describe", "--always", "--dirty"],
}


class Results:
    """One call's file; its first line is about the machine."""

    def __init__(self, quick: bool, arguments: list[str]) -> None:
        FOLDER.mkdir(exist_ok=True)
        began = datetime.now(UTC)
        self.path = FOLDER / f"{began:%Y%m%dT%H%M%S}-{os.getpid()}.jsonl"
        self.keep({"machine": machine(), "quick": quick, "arguments": arguments})

    def keep(self, record: dict[str, Any]) -> None:
        """Write one record, so that it is kept whatever comes."""
        with self.path.open("a") as file:
            file.write(json.dumps(record) + "\n")


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a file."""
    with path.open() as file:
        yield from map(json.loads, file)


def last(folder: Path) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Return the machine and the records of the last full run of each workload."""
    about: dict[str, Any] = {}
    measured: dict[str, list[Any]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        head, *records = read(path)
        if head["quick"] or not records:
            continue
        about = head["machine"]
        for name in {record["workload"] for record in records}:
            measured[name] = [each for each in records if each["workload"] == name]
    return about, measured


def machine() -> dict[str, str]:
    """Describe the machine, the day and the versions."""
    processor = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "processor": f"{len(processor)} x {processor[0] if processor else 'unknown'}",
        "memory": f"{memory:.0f} GiB",
        "system": platform.platform(),
        "Python": platform.python_version(),
        "notary-service": notary.__version__,
        **{name: _first_line(command) for name, command in _VERSIONS.items()},
    }


def _first_line(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command,
            cwd=Path(__file__).parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    except OSError:
        return "missing"
    return (done.stdout.splitlines() or [""])[0].strip()
