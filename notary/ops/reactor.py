"""What the parts of the program expect of the reactor that they are given."""

from twisted.internet.interfaces import (
    IReactorCore,
    IReactorFromThreads,
    IReactorTCP,
    IReactorTime,
)


class Reactor(IReactorCore, IReactorFromThreads, IReactorTCP, IReactorTime):
    """A reactor that listens, keeps time and is stopped from another thread."""
