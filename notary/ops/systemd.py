"""What systemd is told: ready, reloading, stopping, and that the reactor still turns.

A message is one datagram, so python-systemd, which must be compiled, is not needed.
Sockets that systemd hands over are left to ``notary.ops.inherited``.
"""

import os
import socket
import time
from collections.abc import Mapping

from twisted.application.service import Service
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from notary.ops.reactor import Reactor

NOTIFY_SOCKET = "NOTIFY_SOCKET"
_WATCHDOG_SECONDS = "WATCHDOG_USEC"
_WATCHDOG_PROCESS = "WATCHDOG_PID"


class SystemdError(Exception):
    """The environment is not one that systemd makes; the message is one line."""


class Supervisor(Service):
    """Tells the supervisor how the program is, or nobody if none wants to know."""

    _log = Logger()
    _next: IDelayedCall | None = None
    _ending = False

    def __init__(self, reactor: Reactor, environ: Mapping[str, str]) -> None:
        """Raise ``SystemdError`` if the variables make no sense."""
        self._reactor = reactor
        self._address = _address(environ.get(NOTIFY_SOCKET, ""))
        self._interval = _interval(environ) if self._address else None

    def startService(self) -> None:  # noqa: N802
        """Say so as soon as everything that was started before is served."""
        self.running = True
        self._reactor.callWhenRunning(self._begin)

    def stopService(self) -> None:  # noqa: N802
        """Leave the watchdog alone; it does not watch what is ending."""
        self.running = False
        if self._next and self._next.active():
            self._next.cancel()

    def reloading(self) -> None:
        """Tell that the configuration is being read again."""
        if self._ending or not self.running:
            return
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={now}")

    def ready(self) -> None:
        """Tell that the program serves, unless it is about to end."""
        if self.running and not self._ending:
            self._tell("READY=1\nSTATUS=Serving")

    def stopping(self) -> None:
        """Tell that the program ends once it has answered what it has begun."""
        self._ending = True
        self._tell("STOPPING=1\nSTATUS=Finishing what is in flight")

    def _begin(self) -> None:
        if self.running:
            self.ready()
            self._watch()

    def _watch(self) -> None:
        if self._interval is not None:
            self._tell("WATCHDOG=1")
            self._next = self._reactor.callLater(self._interval, self._watch)

    def _tell(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
                line.setblocking(False)
                line.sendto(message.encode("ascii"), self._address)
        except OSError as error:
            self._log.warn(
                "systemd is not told {message}: {reason}",
                message=message.partition("\n")[0],
                reason=error.strerror,
            )


def _address(text: str) -> bytes:
    """Return the address of a Unix socket, in the abstract namespace if it has an @."""
    if not text:
        return b""
    if text[0] not in "/@" or len(text) < 2:
        raise SystemdError(f"{NOTIFY_SOCKET}: neither a path nor an abstract address")
    name = os.fsencode(text)
    return b"\0" + name[1:] if text[0] == "@" else name


def _interval(environ: Mapping[str, str]) -> float | None:
    """Return how many seconds to leave between two signs of life, if any are wanted."""
    given = environ.get(_WATCHDOG_SECONDS)
    if not given or environ.get(_WATCHDOG_PROCESS, str(os.getpid())) != str(
        os.getpid()
    ):
        return None
    if not (given.isascii() and given.isdigit() and 0 < int(given) < 10**15):
        raise SystemdError(f"{_WATCHDOG_SECONDS}: must be a number of microseconds")
    return int(given) / 2_000_000
