"""What the parts of the program expect of the reactor that they are given."""

import sys
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

from notary.ops.polling import poll_plainly

SWITCH_SECONDS = 0.0005
"""How long a thread that wants to go on may be kept waiting by another that works.

With Python's 5 ms, a reactor under load kept the threads of the database waiting at
every step, and their readers for a tenth of a second.
"""


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


def prepared(chosen: object) -> Reactor:
    """Return the reactor with our ways to wait; one that runs already is left alone.

    Its clock does not go by the time of day: every call would wait for hours, if that
    is set back.
    """
    reactor = cast(Reactor, chosen)
    if not reactor.running:
        reactor.seconds = time.monotonic  # type: ignore[method-assign]
        poll_plainly(reactor)
        sys.setswitchinterval(SWITCH_SECONDS)
    return reactor
