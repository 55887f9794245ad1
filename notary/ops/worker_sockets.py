"""The sockets of all workers: taken by who starts them, and handed to each of them.

The numbers of the descriptors in a worker, and what else it is started with, are in
``notary.ops.worker_process``.
"""

import os
import socket
import stat
from collections.abc import Mapping

from attrs import frozen
from twisted.application.service import Service
from twisted.internet.error import CannotListenError

from notary.ops.binding import bound, cannot_listen
from notary.ops.inherited import HTTP, OPS, adopted
from notary.ops.listening import BACKLOG
from notary.ops.share import Share, opened
from notary.ops.systemd import SystemdError
from notary.ops.worker_process import HTTP_SOCKET, LINE, OPS_SOCKET, SHARES


class Sockets(Service):
    """Holds what the workers listen with, without ever accepting anybody.

    ``inherited`` are there already; the others of ``addresses``, by name, are bound.
    """

    def __init__(
        self, addresses: Mapping[str, str], inherited: Mapping[str, socket.socket]
    ) -> None:
        self._missing = {
            name: address
            for name, address in addresses.items()
            if address and name not in inherited
        }
        self.held: dict[str, socket.socket] = dict(inherited)

    def privilegedStartService(self) -> None:  # noqa: N802
        """Bind, or end the program with one line that says why not."""
        for name, address in self._missing.items():
            try:
                self.held[name] = bound(address, _listening)
            except (CannotListenError, OSError) as error:
                raise cannot_listen(address, error) from None

    def close(self) -> None:
        """Let go: from now on they are as open as the workers keep them."""
        # Twisted would shut them down, for the workers too, as what only it holds.
        for held in self.held.values():
            held.close()

    def stopService(self) -> None:  # noqa: N802
        """Let go."""
        self.running = False
        self.close()


@frozen
class Handed:
    """What a worker was started with; its sockets are by name."""

    line: socket.socket
    sockets: Mapping[str, socket.socket]
    share: Share


def handed(worker: int) -> Handed:
    """Return what the worker of a number has; to be called once.

    Raise ``SystemdError`` if this process was not started as one.
    """
    try:
        if not all(_is_socket(number) for number in (LINE, HTTP_SOCKET)):
            raise SystemdError(_NOT_STARTED)
        numbers = {HTTP: HTTP_SOCKET}
        if _is_socket(OPS_SOCKET):
            numbers[OPS] = OPS_SOCKET
        os.set_inheritable(LINE, False)
        share = opened(SHARES, worker - 1)
        line = socket.socket(fileno=LINE)
    except (OSError, ValueError, IndexError):
        raise SystemdError(_NOT_STARTED) from None
    sockets = {name: adopted(number) for name, number in numbers.items()}
    return Handed(line, sockets, share)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(BACKLOG)
        made.setblocking(False)
    except OSError as error:
        made.close()
        raise CannotListenError(host, port, error) from None
    return made


_NOT_STARTED = "-worker: is only for processes that the program starts itself"


def _is_socket(number: int) -> bool:
    return stat.S_ISSOCK(os.fstat(number).st_mode)
