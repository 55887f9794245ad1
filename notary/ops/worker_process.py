"""Starting one worker: this same program once more, with the sockets of all.

What is asked of it, and what follows from its end, is left to
``notary.ops.worker_seat``.
"""

import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence

from attrs import frozen
from twisted.internet.error import ProcessTerminated
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from notary.ops.reactor import Reactor
from notary.ops.worker_channel import Answers, Channel, connect

LINE = 3
HTTP_SOCKET = 4
OPS_SOCKET = 5
SHARES = 6
"""The descriptors of a worker; without ``server.ops_addr`` there is no such socket."""

_SUPERVISION = ("LISTEN_", "NOTIFY_SOCKET", "WATCHDOG_")

Ended = Callable[[str, bool], None]
"""Told why a process has ended, and whether it could say so itself."""


@frozen
class Launched:
    """A process that was started."""

    channel: Channel
    signal: Callable[[str], None]


Launch = Callable[[int, Answers, Ended], Launched]
"""Starts a process to be the worker of a number."""


@frozen
class Program:
    """What every worker is started with; ``log`` and ``shares`` are descriptors."""

    arguments: Sequence[str]
    environ: Mapping[str, str]
    log: int
    http: socket.socket
    ops: socket.socket | None
    shares: int

    def launch(
        self, reactor: Reactor, number: int, answers: Answers, ended: Ended
    ) -> Launched:
        """Start a process that becomes this worker."""
        ours, theirs = socket.socketpair()
        channel = Channel(answers, lambda: None)
        with theirs, open(os.devnull, "rb") as nothing:
            ops = nothing.fileno() if self.ops is None else self.ops.fileno()
            started = reactor.spawnProcess(
                _Watched(ended),
                sys.executable,
                [*_python(), *self.arguments, f"-worker={number}"],
                env=worker_environ(self.environ),
                childFDs={
                    0: nothing.fileno(),
                    1: 1,
                    2: self.log,
                    LINE: theirs.fileno(),
                    HTTP_SOCKET: self.http.fileno(),
                    OPS_SOCKET: ops,
                    SHARES: self.shares,
                },
            )
        connect(reactor, ours, channel)
        return Launched(channel, started.signalProcess)


class _Watched(ProcessProtocol):
    """Tells of the end of a process."""

    def __init__(self, ended: Ended) -> None:
        self._ended = ended

    def processExited(self, reason: Failure) -> None:  # noqa: N802
        said, code = "exit code 0", 0
        if isinstance(reason.value, ProcessTerminated):
            code = reason.value.exitCode
            said = f"exit code {code}"
            if code is None:
                said = f"signal {signal.Signals(reason.value.signal).name}"
        self._ended(said, code is not None)


def worker_environ(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the variables of a worker: it finds the same modules, and no systemd."""
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith(_SUPERVISION)
    }
    places = [os.path.abspath(place) for place in sys.path]
    return {**kept, "PYTHONPATH": os.pathsep.join(places)}


def _python() -> Sequence[str]:
    # Without -P, what lies in the working directory could be imported.
    return (sys.executable, "-P", "-m", "notary.command")
