"""Several processes accept on one socket: they take turns, a connection at a time.

Twisted accepts as many at once as there are, up to a hundred. Then the process that
wakes up first had all of them, and the others none.
"""

from typing import Any

from twisted.internet.interfaces import IListeningPort


def take_turns(port: IListeningPort) -> IListeningPort:
    """Let a port accept one connection for each turn of the reactor."""
    turning: Any = port
    turning.doRead = lambda: accept_at_most(port, 1)
    return port


def accept_at_most(port: IListeningPort, count: int) -> None:
    """Accept those who wait, up to so many."""
    accepting: Any = port
    accepting.numberAccepts = count
    type(accepting).doRead(accepting)
