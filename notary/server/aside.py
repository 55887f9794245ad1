"""Long work beside the reactor: one piece at a time, so that reads are answered.

What is small is done at once, because a thread would cost more than it. Who may have
such work, and how many may wait for it, is limited where requests are let in.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from twisted.internet.defer import DeferredLock

LARGE_BYTES = 256 * 1024
"""Uploads of this size and above are read and checked in a thread."""

T = TypeVar("T")


async def _at_once(work: Callable[[], Any]) -> Any:  # noqa: ANN401
    return work()


class Aside:
    """Does small work at once, and large work ``in_thread``, one piece at a time."""

    def __init__(
        self, in_thread: Callable[[Callable[[], Any]], Awaitable[Any]] = _at_once
    ) -> None:
        self._in_thread = in_thread
        self._turn = DeferredLock()

    async def do(self, size: int, work: Callable[[], T]) -> T:
        """Return what the work returns, or raise what it raises; size is in bytes.

        The work may touch nothing that others change meanwhile.
        """
        if size < LARGE_BYTES:
            return work()
        await self._turn.acquire()
        try:
            done: T = await self._in_thread(work)
        finally:
            self._turn.release()
        return done
