"""One worker, whichever process it is: started again when it ends, killed if it hangs.

How a process is started is in ``notary.ops.worker_process``; what all of them together
do is in ``notary.ops.workers``.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as TooLate
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from notary.ops.worker_channel import Unanswered
from notary.ops.worker_process import Launch, Launched

PING_SECONDS = 2
SILENT_PINGS = 15
STARTING_PINGS = 30
"""So many pings go unanswered before a process is given up, serving or starting."""
STABLE_SECONDS = 10
PAUSES = (0, 1, 2, 4, 8, 16, 30)
"""Before each new start, if the processes before it did not serve for so long."""
ALONE_SECONDS = 1
"""The longest pause when no other worker serves meanwhile."""

PING = "ping"
SERVING = "serving"

# Longer than any silence that is borne: it ends nothing but the waiting.
_ANSWERED_LATER = 120

_log = Logger()


class Crew(Protocol):
    """Who is told about a seat, and asked what its worker should know."""

    def serves(self, seat: "Seat") -> None:
        """Take note of a process that has begun to serve."""

    def changed(self, seat: "Seat") -> None:
        """Take note that it serves or does not, or has other problems."""

    def ended(self, seat: "Seat", reason: str, *, by_itself: bool) -> bool:
        """Take note of an end; return whether there is to be another one."""

    def others_serve(self, seat: "Seat") -> bool:
        """Tell whether anybody but this seat serves."""

    def news_for(self, seat: "Seat") -> object:
        """Return what its worker is to know of the others."""

    async def page(self) -> bytes:
        """Return the metrics of all."""


class Seat:
    """The worker of one number. ``problems`` are those that it last told.

    ``answered`` is whether it gave its metrics when they were last collected.
    """

    def __init__(
        self, number: int, clock: IReactorTime, launch: Launch, crew: Crew
    ) -> None:
        self.number = number
        self.serving = False
        self.starts = 0
        self.answered = False
        self.problems: Mapping[str, str] = {}
        self._clock = clock
        self._launch = launch
        self._crew = crew
        self._process: Launched | None = None
        self._next: IDelayedCall | None = None
        self._failures = 0
        self._began = 0.0
        self._pinged = False
        self._silent = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is no process at the moment."""
        return self._process is None

    def start(self) -> None:
        """Start a process."""
        self.starts += 1
        self._pinged, self._silent = False, 0
        answers = {SERVING: self._told_serving, "page": self._asked_for_page}
        try:
            self._process = self._launch(self.number, answers, self._ended)
        except OSError as error:
            self._ended(f"it cannot be started: {error.strerror}", False)
            return
        self._tick()

    def signal(self, name: str) -> None:
        """Send a signal to the process, or start no other one if there is none."""
        if self._process is None:
            self._cancel()
            return
        try:
            self._process.signal(name)
        except ProcessExitedAlready:
            return

    async def ask(self, seconds: float, what: str, said: object = None) -> Any:  # noqa: ANN401
        """Return what the worker answers, ``None`` if it does not."""
        if self._process is None or not self.serving:
            return None
        try:
            return await self._process.channel.ask(self._clock, seconds, what, said)
        except (Unanswered, TooLate):
            return None

    def ping(self) -> None:
        """Tell the worker the news, and see what it answers."""
        if self._process is not None and not self._pinged:
            self._pinged = True
            Deferred.fromCoroutine(self._ping(self._process))

    async def _ping(self, process: Launched) -> None:
        try:
            problems = await process.channel.ask(
                self._clock, _ANSWERED_LATER, PING, self._crew.news_for(self)
            )
        except Unanswered:
            return
        except TooLate:
            self._pinged = False
            return
        if process is self._process:
            self._pinged, self._silent = False, 0
            before, self.problems = self.problems, problems
            if problems != before:
                self._crew.changed(self)

    def _tick(self) -> None:
        # Silence is counted, not measured: both may have been stopped meanwhile.
        limit = SILENT_PINGS if self.serving else STARTING_PINGS
        self._silent += self._pinged
        if self._silent == limit:
            _log.error(
                "worker {number} is killed: it has not answered for {seconds} s",
                number=self.number,
                seconds=PING_SECONDS * limit,
            )
            self.signal("KILL")
        self.ping()
        self._next = self._clock.callLater(PING_SECONDS, self._tick)

    async def _told_serving(self, _said: object) -> None:
        self.serving = True
        self._began = self._clock.seconds()
        self._crew.serves(self)
        self._crew.changed(self)

    async def _asked_for_page(self, _said: object) -> str:
        return (await self._crew.page()).decode("utf-8")

    def _ended(self, reason: str, by_itself: bool) -> None:
        stable = self.serving and self._clock.seconds() - self._began >= STABLE_SECONDS
        self._failures = 0 if stable else self._failures
        self._process, self.serving, self.problems = None, False, {}
        self._cancel()
        again = self._crew.ended(self, reason, by_itself=by_itself)
        self._crew.changed(self)
        if again:
            self._start_again(reason)

    def _start_again(self, reason: str) -> None:
        pause = PAUSES[min(self._failures, len(PAUSES) - 1)]
        if not self._crew.others_serve(self):
            pause = min(pause, ALONE_SECONDS)
        self._failures += 1
        _log.error(
            "worker {number} has ended: {reason}; the next one starts in {seconds} s",
            number=self.number,
            reason=reason,
            seconds=pause,
        )
        self._next = self._clock.callLater(pause, self.start)

    def _cancel(self) -> None:
        if self._next is not None and self._next.active():
            self._next.cancel()
