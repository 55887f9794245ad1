"""A load of publishers and readers on one or several servers, and what they see.

    repositories = [create_repository(Link(port), gun) for gun in guns]
    with Load([port, other], repositories) as load:
        load.record.wait_for_more(30, publishes=20, walks=20)
        ...  # stop a database, kill a node
        load.record.wait_for_more(30, publishes=20)
    verify(load, Link(port))

A publisher publishes targets to its repositories in turn, one version above what it
knows; several may compete for one. A reader walks from the timestamp to whatever that
leads to. What is wrong at once is a fault; ``load_verify`` finds out the rest.
"""

import threading
import time
import traceback
from collections.abc import Sequence
from typing import Any

from attrs import define, field, frozen

from tests.load_clients import PublishingClient, ReadingClient
from tests.load_link import Link, Repository, Unreachable, create_repository, tuf
from tests.load_record import Attempt, Outcome, Recorder, Walk, report
from tests.load_verify import verify

__all__ = [
    "Attempt",
    "Limits",
    "Link",
    "Load",
    "Outcome",
    "Recorder",
    "Repository",
    "Unreachable",
    "Walk",
    "create_repository",
    "report",
    "tuf",
    "verify",
]

_JOIN_SECONDS = 60


@frozen
class Limits:
    """Bounds for each thread, and its pauses after success and failure, in seconds.

    ``answer`` is how long a client waits for one.
    """

    seconds: float = 60.0
    rounds: int = 1000
    answer: float = 30.0
    pause: float = 0.01
    pause_after_failure: float = 0.05


@define
class Load:
    """Publishers and readers that run while the block does.

    By default each repository has one publisher; with ``competing`` so many compete
    for every repository. All take the servers in turn, those named by ``ports``.
    ``strict``: who begins to read after an acknowledgement, or after somebody has read
    it, sees that publish or a later one, whatever server anybody asked; else a reader
    only sees no timestamp older than before on the same server.
    """

    ports: Sequence[int]
    repositories: Sequence[Repository]
    competing: int = 0
    readers: int = 2
    strict: bool = True
    limits: Limits = Limits()
    record: Recorder = field(factory=Recorder, init=False)
    stopped: threading.Event = field(factory=threading.Event, init=False)
    _threads: list[threading.Thread] = field(factory=list, init=False)

    def __enter__(self) -> "Load":
        groups = [self.repositories] * self.competing
        groups = groups or [[each] for each in self.repositories]
        for number, repositories in enumerate(groups):
            self._start(PublishingClient(self, number, repositories))
        for number in range(self.readers):
            self._start(ReadingClient(self, number))
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        for thread in self._threads:
            thread.join(_JOIN_SECONDS)
            assert not thread.is_alive()

    def _start(self, client: Any) -> None:
        thread = threading.Thread(target=self._run, args=(client,))
        self._threads.append(thread)
        thread.start()

    def _run(self, client: Any) -> None:
        end = time.monotonic() + self.limits.seconds
        try:
            for _ in range(self.limits.rounds):
                outcome = client.round()
                is_done = outcome is Outcome.DONE
                limits = self.limits
                pause = limits.pause if is_done else limits.pause_after_failure
                if self.stopped.wait(pause) or time.monotonic() > end:
                    break
        except Exception:  # an answer of a form that nobody expected
            self.record.fault(traceback.format_exc())
        finally:
            client.close()
