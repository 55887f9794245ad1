"""What a port does when the process may open no more files.

Twisted keeps one in reserve: it closes that, hangs up on all who wait, and opens it
again. If another thread was faster, nothing is in reserve any more, and it would try
to accept without a pause. Here the port rests for a while instead, and whoever waits
is accepted as soon as there are files again.
"""

import errno
import os
import resource
from collections.abc import Callable
from typing import Any, cast

from twisted.internet import tcp
from twisted.internet.interfaces import IListeningPort, IReactorTime
from twisted.logger import ILogObserver, LogEvent, Logger
from zope.interface import implementer

REST_SECONDS = 1
QUIET_SECONDS = 60

_EXHAUSTED = ("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM")

_log = Logger()


@implementer(ILogObserver)
class Exhaustion:
    """Sees what Twisted tells of a port: only that it cannot accept as it should.

    ``refused`` is called for each connection that is hung up on, and each rest.
    """

    def __init__(
        self,
        port: IListeningPort,
        reactor: IReactorTime,
        refused: Callable[[str], None],
    ) -> None:
        self._port = cast(Any, port)
        self._reactor = reactor
        self._refused = refused
        self._told = -float(QUIET_SECONDS)
        logger = Logger("twisted.internet.tcp", observer=self)
        self._port._logger = logger
        _reserve()._log = logger

    def __call__(self, event: LogEvent) -> None:
        """Count what was refused, say it now and then, and let the port rest."""
        error = event.get("acceptError")
        if error in _EXHAUSTED:
            self._port.stopReading()
            self._reactor.callLater(REST_SECONDS, self._go_on)
        elif "address" in event:
            error = "EMFILE"
        else:
            return
        self._refused("files")
        self._tell(error)

    def _tell(self, error: str) -> None:
        now = self._reactor.seconds()
        if now - self._told < QUIET_SECONDS:
            return
        self._told = now
        _log.error(
            "cannot accept connections: {reason}. The process may have {files} files"
            " open: raise that (LimitNOFILE=, ulimit -n) or lower limits.connections."
            " Not telling it again for {seconds} s",
            reason=os.strerror(getattr(errno, error)).lower(),
            files=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
            seconds=QUIET_SECONDS,
        )

    def _go_on(self) -> None:
        """Accept again, if a file can be opened and the port is still wanted."""
        if self._port.disconnecting or not self._port.connected:
            return
        try:
            os.close(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            self._reactor.callLater(REST_SECONDS, self._go_on)
            return
        _reserve().reserve()
        self._port.startReading()


def _reserve() -> Any:  # noqa: ANN401 -- what Twisted keeps for all ports
    return tcp._reservedFD
