"""Several processes accept on one socket: they take turns, and each its share.

Twisted accepts as many at once as there are, up to a hundred. Then the process that
wakes up first had all of them, and the others none. Here one connection is accepted in
a turn, and left for a moment to those who have clearly fewer.
"""

from typing import Any

from twisted.internet.interfaces import IListeningPort, IReactorTime

from notary.ops.share import Share

PAUSE_SECONDS = 0.001
MAX_PAUSES = 20
"""So often is a connection left to others who do not even look at it."""


class Turns:
    """How one process accepts on a port: it takes the place of ``doRead``."""

    _port: Any

    def __init__(self, port: IListeningPort, clock: IReactorTime, share: Share) -> None:
        self._port = port
        self._clock = clock
        self._share = share
        self._pauses = 0
        self._absent: dict[int, int] = {}
        self._looks = share.looks()
        self._port.doRead = self._turn

    def _turn(self) -> None:
        self._share.look()
        if self._present(self._share.with_fewer()):
            self._pause()
        else:
            self._pauses = 0
            accept_at_most(self._port, 1)

    def _present(self, others: set[int]) -> bool:
        """Tell whether any of them can be expected to accept."""
        looks = self._share.looks()
        return any(self._absent.get(each) != looks[each] for each in others)

    def _pause(self) -> None:
        if self._pauses == 0:
            self._looks = self._share.looks()
        self._pauses += 1
        if self._pauses == MAX_PAUSES:
            self._pauses = 0
            looks = self._share.looks()
            for place, (before, now) in enumerate(zip(self._looks, looks, strict=True)):
                if before == now:
                    self._absent[place] = now
        self._port.stopReading()
        self._clock.callLater(PAUSE_SECONDS, self._go_on)

    def _go_on(self) -> None:
        if self._port.connected and not self._port.disconnecting:
            self._port.startReading()


def accept_at_most(port: IListeningPort, count: int) -> None:
    """Accept those who wait, up to so many."""
    accepting: Any = port
    accepting.numberAccepts = count
    type(accepting).doRead(accepting)
