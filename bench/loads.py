"""The kinds of load: how each is prepared for a server, and how one run is made."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from attrs import field, frozen

from bench.generators import (
    CONNECTIONS,
    Seen,
    idle_connections,
    prepare,
    run_client,
    run_wrk,
)
from bench.lab import Lab, Side
from bench.stock import Stock
from bench.uploads import Uploads

Paths = Callable[[Stock], list[str]]
_WARM_SECONDS = 600
_PUBLISHED_IN_MIX = 8


@frozen
class Run:
    """One run: how long, how fast (0: as fast as answers come), and its number.

    ``number`` is the same for both sides' runs and different for all others.
    """

    number: int
    seconds: float
    rate: float = 0.0


class Load(Protocol):
    """What a server is asked for, and how."""

    def warm(self, stock: Stock, side: Side) -> None:
        """Do what must not be in the measurement, with one connection."""

    def run(self, stock: Stock, side: Side, run: Run) -> Seen:
        """Make the load; return what it looked like from outside."""


@frozen
class Reads:
    """GETs of paths at random, on kept connections or a new one for each."""

    paths: Paths
    status: int = 200
    reconnect: bool = False
    resume: bool = False
    with_token: bool = False

    def warm(self, stock: Stock, side: Side) -> None:
        """Ask for each path once: the Go server dies of parallel first requests."""
        job = self._job(stock, side, Run(0, _WARM_SECONDS))
        job |= {"Connections": 1, "Once": True, "Reconnect": False}
        prepare(job, _WARM_SECONDS)

    def run(self, stock: Stock, side: Side, run: Run) -> Seen:
        """Make the load with wrk if that can do it."""
        if self.reconnect or run.rate:
            return run_client(self._job(stock, side, run), run.seconds)
        path = stock.lab.folder / "paths"
        path.write_text("".join(f"{each}\n" for each in self.paths(stock)))
        token = self._token(stock)
        return run_wrk(side.server.port, path, run.seconds, self.status, token)

    def _job(self, stock: Stock, side: Side, run: Run) -> dict[str, Any]:
        return _job(stock.lab, side, run) | {
            "Kind": "get",
            "Paths": self.paths(stock),
            "Expect": self.status,
            "Reconnect": self.reconnect,
            "Resume": self.resume,
            "Token": self._token(stock),
        }

    def _token(self, stock: Stock) -> str:
        if not self.with_token:
            return ""
        return stock.lab.tokens.pull(stock.repositories(1)[0].gun)


@frozen
class Static(Reads):
    """GETs of the same paths from a server of files."""

    def warm(self, stock: Stock, side: Side) -> None:
        """Write the files first."""
        for path, data in stock.static():
            file = stock.lab.folder / "static" / path.removeprefix("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        Reads.warm(self, stock, side)


@frozen
class Publishes:
    """POSTs of ever newer versions, each publisher to a repository of its own."""

    publishers: int
    each: int
    name: str = field(init=False)

    @name.default
    def _name(self) -> str:
        return f"publish-{self.publishers}"

    def warm(self, stock: Stock, side: Side) -> None:
        """Do nothing: each run has new repositories."""

    def run(self, stock: Stock, side: Side, run: Run) -> Seen:
        """Publish to new repositories, after the first publish to each."""
        count = self.each
        if run.rate:
            count = max(1, round(run.rate * run.seconds / self.publishers))
        uploads = stock.uploads(self.name, run.number, self.publishers, count)
        _first_publish(stock.lab, side, uploads)
        job = _job(stock.lab, side, Run(run.number, _WARM_SECONDS, run.rate))
        return run_client(job | _publishing(side, uploads, count), _WARM_SECONDS)


@frozen
class Mix:
    """Pulls and publishes as the notary client makes them: each request connects."""

    publishing: float = 0.05
    repositories: int = 50
    each: int = 1500

    def warm(self, stock: Stock, side: Side) -> None:
        """Pull all, once."""
        _first_publish(stock.lab, side, self._uploads(stock))
        for role in ("snapshot", "targets"):
            read = stock.repositories(self.repositories)
            paths = [each.by_checksum(role) for each in read]
            Reads(lambda _, paths=paths: paths).warm(stock, side)

    def run(self, stock: Stock, side: Side, run: Run) -> Seen:
        """Pull and publish."""
        uploads = self._uploads(stock)
        guns = [each.gun for each in stock.repositories(self.repositories)]
        job = _job(stock.lab, side, run) | {
            "Kind": "mix",
            "Reconnect": True,
            "Publishing": self.publishing,
            "Repositories": [*guns, *(each.gun for each in uploads)],
            "Uploads": [each.job(side.name, self.each) for each in uploads],
        }
        return _positioned(side, uploads, run_client(job, run.seconds))

    def _uploads(self, stock: Stock) -> list[Uploads]:
        return stock.uploads("mix", 0, _PUBLISHED_IN_MIX, self.each)


def idle(lab: Lab, side: Side, count: int) -> AbstractContextManager[None]:
    """Return connections that are open, and silent, while the block runs."""
    if count == 0:
        return nullcontext()
    job = _job(lab, side, Run(0, 0))
    return idle_connections(job | {"Kind": "idle", "Connections": count})


def _job(lab: Lab, side: Side, run: Run) -> dict[str, Any]:
    return {
        "Address": f"127.0.0.1:{side.server.port}",
        "CA": str(lab.authority.certificate),
        "Connections": CONNECTIONS,
        "Seconds": run.seconds,
        "Rate": run.rate,
        "Expect": 200,
    }


def _first_publish(lab: Lab, side: Side, uploads: list[Uploads]) -> None:
    job = _job(lab, side, Run(0, _WARM_SECONDS)) | _publishing(side, uploads, 1)
    _positioned(side, uploads, prepare(job, _WARM_SECONDS))


def _publishing(side: Side, uploads: list[Uploads], count: int) -> dict[str, Any]:
    return {
        "Kind": "publish",
        "Connections": len(uploads),
        "Uploads": [each.job(side.name, count) for each in uploads],
    }


def _positioned(side: Side, uploads: list[Uploads], seen: Seen) -> Seen:
    for each, position in zip(uploads, seen.positions, strict=True):
        each.positions[side.name] = position
    return seen
