# mypy: allow-untyped-calls
"""Wait for what happens on sockets, without doing for each event what nobody uses.

Twisted sets up a context for its old log around each event, which says whose it is.
Our log knows that from its fields, and to do without is a tenth of a short answer.
"""

from functools import partial

from twisted.internet.epollreactor import EPollReactor
from twisted.logger import Logger

_log = Logger()


def poll_plainly(reactor: object) -> None:
    """Let a reactor that waits by epoll(7) handle its events so; others stay as is."""
    if isinstance(reactor, EPollReactor):
        reactor.doIteration = partial(_poll, reactor)  # type: ignore[method-assign]


def _poll(reactor: EPollReactor, timeout: float | None) -> None:
    """Handle what happens within so many seconds; ``None`` waits for ever."""
    selectables = reactor._selectables
    try:
        events = reactor._poller.poll(
            -1 if timeout is None else timeout, len(selectables)
        )
    except InterruptedError:
        return
    handle = reactor._doReadOrWrite
    for descriptor, event in events:
        # What was handled before it may have closed it.
        selectable = selectables.get(descriptor)
        if selectable is None:
            continue
        try:
            handle(selectable, descriptor, event)
        except Exception:
            _log.failure("what happened on a connection could not be handled")
