"""The two programs that make load: wrk, and the Go program in ``client/``."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

_HERE = Path(__file__).parent
_GRACE_SECONDS = 120
CONNECTIONS = 32


class LoadFailed(Exception):
    """A load program ended with an error; the message is what it wrote."""


@frozen
class Seen:
    """What one run looked like from outside; latencies in milliseconds."""

    operations: int
    requests: int
    seconds: float
    failures: int
    p50: float
    p99: float
    failure: str = ""
    positions: tuple[int, ...] = ()


def run_wrk(
    port: int, paths: Path, seconds: float, status: int = 200, token: str = ""
) -> Seen:
    """Ask for paths at random on kept connections, as fast as answers come."""
    command = [
        *("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s"),
        *("--latency", "--timeout", "10s", "-s", str(_HERE / "load.lua")),
        *(f"https://127.0.0.1:{port}", "--", str(paths), *([token] if token else [])),
    ]
    done = _completed(command, seconds, "")
    said = json.loads(done.splitlines()[-1])
    not_ok = said["NotOK"] if status < 400 else abs(said["Requests"] - said["NotOK"])
    failures = said["Failures"] + not_ok
    count = said["Requests"]
    return Seen(count, count, said["Seconds"], failures, said["P50"], said["P99"])


def prepare(job: dict[str, Any], seconds: float) -> Seen:
    """Let the Go program do a job of which nothing may fail."""
    seen = run_client(job, seconds)
    if seen.failures:
        raise LoadFailed(f"{seen.failures} failed: {seen.failure}")
    return seen


def run_client(job: dict[str, Any], seconds: float) -> Seen:
    """Let the Go program do a job."""
    said = json.loads(_completed([str(client())], seconds, json.dumps(job)))
    return Seen(
        said["Operations"],
        said["Requests"],
        said["Seconds"],
        said["Failures"],
        said["P50"],
        said["P99"],
        said["Failure"],
        tuple(said["Positions"] or ()),
    )


@contextmanager
def idle_connections(job: dict[str, Any]) -> Iterator[None]:
    """Keep the connections of a job of kind ``idle`` open while the block runs."""
    process = subprocess.Popen(
        [str(client())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        if process.stdout.readline() != "ready\n":
            raise LoadFailed(process.communicate()[1])
        yield
    finally:
        process.communicate()


def client() -> Path:
    """Return the Go program, built when its source is newer."""
    cache = Path(sys.prefix) / "bench"
    program = cache / "client"
    sources = [*(_HERE / "client").iterdir()]
    newest = max(source.stat().st_mtime for source in sources)
    if not program.exists() or program.stat().st_mtime < newest:
        environment = os.environ | {"GOCACHE": str(cache / "go"), "GOPROXY": "off"}
        subprocess.run(
            ["go", "build", "-o", str(program), "."],
            cwd=_HERE / "client",
            env=environment,
            check=True,
        )
    return program


def _completed(command: Sequence[str], seconds: float, text: str) -> str:
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        timeout=seconds + _GRACE_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise LoadFailed(f"{command[0]}: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    return done.stdout
