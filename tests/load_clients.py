"""What one client of a load does, again and again: publish, or walk as readers do."""

import hashlib
import json
import time
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import count, cycle
from typing import TYPE_CHECKING, Any

from tests.load_link import Link, Repository, Unreachable, tuf
from tests.load_record import Attempt, Outcome, Walk
from tests.web.serving import Response

if TYPE_CHECKING:
    from tests.load import Load


class Failed(Exception):
    """A GET did not lead to metadata."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class Client:
    """Has one connection to each server, and uses them in turn."""

    def __init__(
        self, load: "Load", number: int, repositories: Sequence[Repository]
    ) -> None:
        self.load = load
        self.record = load.record
        links = [Link(port, load.limits.answer) for port in load.ports]
        self._links = links
        first = number % len(links)
        # Each repository is seen through each server.
        self._turns: Iterator[tuple[Repository, Link]] = cycle(
            (repository, link)
            for link in links[first:] + links[:first]
            for repository in repositories
        )

    def close(self) -> None:
        for link in self._links:
            link.close()

    def ask(self, link: Link, path: str) -> Response:
        """Return the answer to a GET of something that exists; raise ``Failed``."""
        try:
            answer = link.get(path)
        except Unreachable:
            raise Failed(Outcome.UNREACHABLE) from None
        if answer.status != 200:
            raise Failed(self.judged(f"{link.port} GET {path}", answer))
        return answer

    def judged(self, what: str, answer: Response) -> Outcome:
        """Return the outcome of an answer that is not 200; note if it is a fault."""
        if answer.status == 503 and int(answer.headers.get("retry-after", 0)) > 0:
            return Outcome.UNAVAILABLE
        self.record.fault(f"{what}: {answer}")
        return Outcome.FAULT


class PublishingClient(Client):
    """Publishes one more version; what it wrote once it never writes again."""

    def __init__(
        self, load: "Load", number: int, repositories: Sequence[Repository]
    ) -> None:
        super().__init__(load, number, repositories)
        self._names = (f"p{number}-{round_}" for round_ in count())
        self._next = {repository.gun: 2 for repository in repositories}

    def round(self) -> Outcome:
        repository, link = next(self._turns)
        gun, version = repository.gun, self._next[repository.gun]
        data = repository.targets(version, next(self._names))
        began = time.monotonic()
        outcome = self._publish(link, gun, version, data)
        ended = time.monotonic()
        self.record.attempted(
            Attempt(gun, version, data, link.port, outcome, began, ended)
        )
        if outcome is Outcome.DONE:
            self._next[gun] = version + 1
        else:
            self._learn(link, gun)
        return outcome

    def _publish(self, link: Link, gun: str, version: int, data: bytes) -> Outcome:
        try:
            answer = link.upload(gun, {"targets": data})
        except Unreachable:
            return Outcome.UNREACHABLE
        if answer.status == 200:
            return Outcome.DONE
        if answer.status == 400 and answer.code == "VERSION":
            return Outcome.REFUSED
        return self.judged(f"{link.port} publish {gun} {version}", answer)

    def _learn(self, link: Link, gun: str) -> None:
        with suppress(Failed):
            answer = self.ask(link, f"{tuf(gun)}/targets.json")
            self._next[gun] = signed(answer)["version"] + 1


class ReadingClient(Client):
    """Walks as a client does, and remembers what it saw."""

    def __init__(self, load: "Load", number: int) -> None:
        super().__init__(load, number, load.repositories)
        self._seen: dict[object, int] = {}

    def round(self) -> Outcome:
        repository, link = next(self._turns)
        gun = repository.gun
        floor = self.record.newest(gun) if self.load.strict else 0
        began = time.monotonic()
        outcome, versions = Outcome.DONE, (0, 0)
        try:
            versions = self._walk(link, gun)
        except Failed as failed:
            outcome = failed.outcome
        walk = Walk(gun, link.port, outcome, *versions, began, time.monotonic())
        self.record.walked(walk)
        if outcome is Outcome.DONE:
            self._compare(walk, floor)
        return outcome

    def _walk(self, link: Link, gun: str) -> tuple[int, int]:
        """Return the versions of the timestamp and its targets; raise ``Failed``."""
        timestamp = signed(self.ask(link, f"{tuf(gun)}/timestamp.json"))
        snapshot = self._listed(link, gun, "snapshot", timestamp)
        targets = self._listed(link, gun, "targets", snapshot)
        self._listed(link, gun, "root", snapshot)
        return timestamp["version"], targets["version"]

    def _listed(self, link: Link, gun: str, role: str, by: Any) -> Any:
        wanted = b64decode(by["meta"][role]["hashes"]["sha256"]).hex()
        path = f"{tuf(gun)}/{role}.{wanted}.json"
        answer = self.ask(link, path)
        if hashlib.sha256(answer.body).hexdigest() != wanted:
            self.record.fault(f"{link.port} {path} has other bytes: {answer}")
        return signed(answer)

    def _compare(self, walk: Walk, floor: int) -> None:
        """Note a fault if what was seen is older than what was known before."""
        if walk.targets < floor:
            self.record.fault(f"targets {floor} were known before {walk}")
        where = walk.gun if self.load.strict else (walk.gun, walk.port)
        newest = self._seen.setdefault(where, walk.timestamp)
        if walk.timestamp < newest:
            self.record.fault(f"timestamp {newest} had been seen before {walk}")
        self._seen[where] = max(newest, walk.timestamp)


def signed(answer: Response) -> Any:
    """Return what was signed."""
    return json.loads(answer.body)["signed"]
