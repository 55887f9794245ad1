"""Many requests of all kinds, hostile ones too, and what the server keeps of them.

``wrk`` reads and sends broken heads as fast as it is answered, publishers publish, and
attackers do what takes a client of its own.
"""

import json
import random
import ssl
import subprocess
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field

from bench.tokens import Tokens
from faults.hostile import KINDS, Target
from faults.memory import Curve
from faults.programs import Program
from faults.scene import Scene
from tests.certificates import Authority
from tests.load_link import Link, Repository, new_repository, tuf
from tests.web.serving import form

_SCRIPT = Path(__file__).with_name("mixed.lua")
_GUN = "example.com/app"
_ATTACKERS = 3
_SLICE_SECONDS = 5
_FLAT_MB = 5.0
_LONG = 10_000
_WRK_FAILURES = 5
# So that the memory of files is full early: what grows then is something else.
_SMALL = {"NOTARY_SERVER_CACHING_MEMORY_BYTES": str(4 * 1024 * 1024)}


@define
class Crowd:
    """Everybody who asks for something, and what they were answered."""

    target: Target
    seed: int
    answers: Counter[str] = field(factory=Counter)
    _stopped: threading.Event = field(factory=threading.Event)
    faults: list[str] = field(factory=list)

    @contextmanager
    def active(self) -> Iterator[None]:
        """Publish and attack until the block ends."""
        jobs: list[Callable[[random.Random], None]] = [self._attack] * _ATTACKERS
        threads = [
            threading.Thread(target=self._repeat, args=(job, number))
            for number, job in enumerate([self._publish(), *jobs])
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            for thread in threads:
                thread.join()

    def read(self, paths: Path, seconds: int) -> None:
        """Let ``wrk`` ask for so long."""
        self.seed += 1
        done = subprocess.run(
            [
                *("wrk", "-t1", "-c16", f"-d{seconds}s", "-s", str(_SCRIPT)),
                *(f"https://localhost:{self.target.port}", "--", str(paths)),
                *(self.target.token, str(self.seed)),
            ],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            # Now and then it calls its own URL invalid; that is not the server's fault.
            self.answers["wrk did not start"] += 1
            if self.answers["wrk did not start"] > _WRK_FAILURES:
                self.faults.append(f"wrk: {done.stderr[-500:]}")
            return
        said = json.loads(done.stdout.splitlines()[-1])
        self.answers["read"] += said["requests"] - said["refused"]
        self.answers["broken head refused"] += said["refused"]
        self.answers["broken head cut"] += said["cut"]

    def _publish(self) -> Callable[[random.Random], None]:
        versions = iter(range(2, 10**9))

        def publish(rng: random.Random) -> None:
            data = self.target.repository.targets(next(versions), f"{rng.random()}")
            status = self.target.send(self.target.post(form({"targets": data})))
            self.answers[f"publish {status}"] += 1
            self._stopped.wait(0.05)

        return publish

    def _attack(self, rng: random.Random) -> None:
        kind = rng.choice(KINDS)
        self.answers[f"{kind.__name__} {kind(self.target, rng)}"] += 1
        self._stopped.wait(0.02)

    def _repeat(self, job: Callable[[random.Random], None], number: int) -> None:
        rng = random.Random(self.seed * 1000 + number)
        try:
            while not self._stopped.is_set():
                job(rng)
        except Exception:  # of the attacker, not of the server
            self.faults.append(traceback.format_exc())


def run(scene: Scene, requests: int, workers: int, seed: int) -> dict[str, Any]:
    """Send so many requests to a server; return its memory and what was answered."""
    server, target = _started(scene, workers)
    paths = scene.folder / "paths"
    paths.write_text(_paths())
    crowd, began = Crowd(target, seed), time.monotonic()
    noun = "worker processes" if workers > 1 else "process"
    curve = Curve(f"{workers} {noun}")
    with crowd.active():
        while crowd.answers.total() < requests and not crowd.faults:
            crowd.read(paths, _SLICE_SECONDS if requests > 10 * _LONG else 1)
            curve.sample(server.pid, crowd.answers.total())
            print(f"{crowd.answers.total():,} of {requests:,}", flush=True)  # noqa: T201
    # A process that has just begun grows for other reasons.
    grows = curve.growth() > _FLAT_MB and requests >= _LONG
    return {
        **curve.as_json(),
        "seed": seed,
        "seconds": round(time.monotonic() - began),
        "answers": dict(sorted(crowd.answers.items())),
        "growth": round(curve.growth(), 1),
        "broken": [
            *_wrong(crowd),
            *(["it grows"] if grows else []),
            *server.unhandled(),
            *errors(server),
        ],
    }


def _wrong(crowd: Crowd) -> list[str]:
    """Return what no reader and no attacker may ever see."""
    wrong = {
        what: count
        for what, count in crowd.answers.items()
        if what.rpartition(" ")[2].startswith("5")
    }
    return [*([f"answered {wrong}"] if wrong else []), *crowd.faults]


def errors(server: Program) -> list[str]:
    """Return the first lines that were logged as errors."""
    return [line for line in server.log() if '"level":"error"' in line][:5]


def _started(scene: Scene, workers: int) -> tuple[Program, Target]:
    """Start a server with TLS and tokens, and publish to it."""
    authority = Authority(scene.folder / "authority")
    pair, tokens = authority.issue("server"), Tokens(scene.folder)
    server = scene.server(
        scene.place(),
        variables=_SMALL,
        flags=[f"--workers={workers}"],
        auth=tokens.settings,
        tls_cert_file=str(pair.certificate),
        tls_key_file=str(pair.key),
    )
    context = ssl.create_default_context(cafile=str(authority.certificate))
    token = tokens.token(_GUN, "pull", "push")
    link = Link(server.port, tls=context, token=token)
    with closing(link):
        repository: Repository = new_repository(link, _GUN)
        answer = link.upload(_GUN, repository.owner.first_publish())
    assert answer.status == 200, answer
    return server, Target(server.port, context, repository, token)


def _paths() -> str:
    """Return what is read, as often as it is in comparison."""
    trust = tuf(_GUN)
    often = {
        f"{trust}/timestamp.json": 200,
        f"{trust}/snapshot.json": 50,
        f"{trust}/targets.json": 50,
        f"{trust}/root.json": 50,
        "/v2/": 20,
        "/_notary_server/health": 10,
        f"{trust}/1.root.json": 10,
        f"/v2/{_GUN}/_trust/changefeed?records=10": 4,
        f"{trust}/timestamp.key": 2,
        "/metrics": 1,
    }
    return "\n".join(path for path, times in often.items() for _ in range(times))
