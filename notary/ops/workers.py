"""All workers together: started, told what to do, asked for what is shown of them.

What happens to one of them is in ``notary.ops.worker_seat``; what they do in
``notary.ops.worker_member``.
"""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from notary.ops.worker_pages import merged
from notary.ops.worker_process import Launch
from notary.ops.worker_seat import Seat

PAGE_SECONDS = 2
RELOAD_SECONDS = 20
LAST_SECONDS = 35
"""How long the orderly end of a worker may take, after the delay before it."""

_log = Logger()


class Workers(Service):
    """Keeps so many workers running, and stops them all when it is stopped.

    ``ready`` is called once, when all serve; ``failed`` if the first one never does.
    """

    def __init__(
        self,
        clock: IReactorTime,
        count: int,
        launch: Launch,
        *,
        drain_seconds: float,
        ready: Callable[[], None],
        failed: Callable[[], None],
    ) -> None:
        numbers = range(1, count + 1)
        self.seats = [Seat(number, clock, launch, self) for number in numbers]
        self.own_page: Callable[[], bytes] = bytes
        self._clock = clock
        self._last_seconds = drain_seconds + LAST_SECONDS
        self._ready, self._failed = ready, failed
        self._any_served = self._all_served = self._stopping = False
        self._level: str | None = None
        self._collecting: list[Deferred[bytes]] = []
        self._empty: Deferred[None] | None = None

    def startService(self) -> None:  # noqa: N802
        """Start the first one: the others follow when it serves."""
        self.running = True
        self.seats[0].start()

    def stopService(self) -> Deferred[None]:  # noqa: N802
        """Let all end; fire when they have, or have been killed."""
        self.running = False
        return Deferred.fromCoroutine(self._stop())

    def drain(self) -> None:
        """Let all end as a single process does on SIGTERM, and start none any more."""
        if not self._stopping:
            self._stopping = True
            self._signal("TERM")

    def set_level(self, level: str) -> None:
        """Let all log from this level on, and those that are started later."""
        self._level = level
        for seat in self.seats:
            Deferred.fromCoroutine(seat.ask(RELOAD_SECONDS, "level", level))

    async def reload(self) -> None:
        """Let all read again what can change; return when they have."""
        self._level = None
        serving = [seat for seat in self.seats if seat.serving]
        done = await _all(seat.ask(RELOAD_SECONDS, "reload") for seat in serving)
        for seat, well in zip(serving, done, strict=True):
            if not well:
                _log.error("worker {number} has not read again", number=seat.number)

    async def page(self) -> bytes:
        """Return the metrics of all; whoever asks meanwhile gets the same page."""
        waiting = Deferred[bytes]()
        self._collecting.append(waiting)
        if len(self._collecting) == 1:
            Deferred.fromCoroutine(self._collected()).addBoth(self._hand_out)
        return await waiting

    def _hand_out(self, page: bytes | Failure) -> None:
        """Answer all who wait for the page; the next one to ask begins anew."""
        asked, self._collecting = self._collecting, []
        for each in asked:
            if isinstance(page, Failure):
                each.errback(page)
            else:
                each.callback(page)

    async def _collected(self) -> bytes:
        found = await _all(seat.ask(PAGE_SECONDS, "page") for seat in self.seats)
        pages = {}
        for seat, page in zip(self.seats, found, strict=True):
            seat.answered = page is not None
            if seat.answered:
                pages[seat.number] = page.encode("utf-8")
        return merged(self.own_page(), pages)

    def serves(self, seat: Seat) -> None:
        """Start the others after the first; tell when all serve."""
        if self._stopping:
            seat.signal("TERM")
            return
        self._any_served = True
        if self._level is not None:
            Deferred.fromCoroutine(seat.ask(RELOAD_SECONDS, "level", self._level))
        for other in self.seats:
            if not other.starts:
                other.start()
        if all(each.serving for each in self.seats):
            self._tell_that_all_serve()

    def changed(self, seat: Seat) -> None:
        """Let the others know."""
        for other in self.seats:
            if other is not seat and other.serving:
                other.ping()

    def ended(self, seat: Seat, reason: str, *, by_itself: bool) -> bool:
        """Tell whether there is to be another one: not if none could ever serve."""
        if self._stopping:
            if self._empty is not None and all(each.is_empty for each in self.seats):
                self._empty.callback(None)
            return False
        if self._any_served:
            return True
        # Who ends by itself has said why.
        log = _log.debug if by_itself else _log.error
        log(
            "worker {number} has ended before it served: {reason}",
            number=seat.number,
            reason=reason,
        )
        self._failed()
        return False

    def others_serve(self, seat: Seat) -> bool:
        """Tell whether anybody but this seat serves."""
        return any(other.serving for other in self.seats if other is not seat)

    def news_for(self, seat: Seat) -> Mapping[str, str]:
        """Return what the other workers lack and this one does not."""
        news = {}
        for other in self.seats:
            worker = f"worker {other.number}"
            if other is seat:
                continue
            if not other.serving:
                news[worker] = "does not run"
            for name, problem in other.problems.items():
                if name not in seat.problems:
                    news[f"{worker}: {name}"] = problem
        return news

    def _tell_that_all_serve(self) -> None:
        _log.info("All {count} workers serve", count=len(self.seats))
        if not self._all_served:
            self._all_served = True
            self._ready()

    async def _stop(self) -> None:
        self.drain()
        if all(seat.is_empty for seat in self.seats):
            return
        self._empty = Deferred()
        kill = self._clock.callLater(self._last_seconds, self._kill)
        await self._empty
        if kill.active():
            kill.cancel()

    def _kill(self) -> None:
        _log.error("workers that have not ended in time are killed")
        self._signal("KILL")

    def _signal(self, name: str) -> None:
        for seat in self.seats:
            seat.signal(name)


async def _all(asked: Iterable[Coroutine[Any, Any, Any]]) -> list[Any]:
    return await gatherResults([Deferred.fromCoroutine(each) for each in asked])
