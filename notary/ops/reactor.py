"""What the parts of the program expect of the reactor that they are given."""

import time
from typing import cast

from twisted.internet.interfaces import (
    IReactorCore,
    IReactorFromThreads,
    IReactorPluggableNameResolver,
    IReactorProcess,
    IReactorSocket,
    IReactorTCP,
    IReactorTime,
)


class Reactor(
    IReactorCore,
    IReactorFromThreads,
    IReactorPluggableNameResolver,
    IReactorProcess,
    IReactorSocket,
    IReactorTCP,
    IReactorTime,
):
    """A reactor for all that a program does: network, time, threads, processes."""


def unmoved(chosen: object) -> Reactor:
    """Return the reactor; unless it runs already, nobody can set its clock any more.

    Otherwise every call waits for a time of day: for hours, if the clock is set back.
    """
    reactor = cast(Reactor, chosen)
    if not reactor.running:
        reactor.seconds = time.monotonic  # type: ignore[method-assign]
    return reactor
