"""Listening sockets that systemd hands over, so that a restart refuses nobody.

Who listens with them is in ``notary.ops.listening``.
"""

import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from twisted.logger import Logger

from notary.ops.systemd import SystemdError
from notary.settings.address import join_host_port, parse_address

HTTP = "http"
OPS = "ops"
_GRPC = "grpc"
_FIRST = 3
_MOST = 16
_VARIABLES = ("LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES")
_FAMILIES = (socket.AF_INET, socket.AF_INET6)

_log = Logger()


def variables_at_start() -> Mapping[str, str]:
    """Return the variables that this process was started with.

    Twisted removes some from ``os.environ`` as soon as its endpoints are imported.
    """
    try:
        content = Path("/proc/self/environ").read_bytes()
    except OSError:
        return os.environ
    pairs = (os.fsdecode(each).partition("=") for each in content.split(b"\0"))
    return {name: value for name, _, value in pairs}


def inherit(
    environ: Mapping[str, str], addresses: Mapping[str, str]
) -> Mapping[str, socket.socket]:
    """Return the sockets that the variables announce; to be called once.

    ``addresses`` are the configured ones by the name of their socket. Raise
    ``SystemdError`` if there is a socket that nobody would listen with.
    """
    count, process, names = (environ.get(name, "") for name in _VARIABLES)
    if not count or process != str(os.getpid()):
        return {}
    if not (count.isascii() and count.isdigit() and 0 < int(count) <= _MOST):
        raise SystemdError(f"LISTEN_FDS: must be a number from 1 to {_MOST}")
    numbers = range(_FIRST, _FIRST + int(count))
    named = _named(names.split(":") if names else [], len(numbers))
    for name in named:
        if not addresses.get(name):
            raise SystemdError(
                f"LISTEN_FDNAMES: nothing here can listen with a socket {name!a:.80}"
            )
    found = {name: adopted(fd) for name, fd in zip(named, numbers, strict=True)}
    for name, inherited in found.items():
        _announce(name, inherited, addresses[name])
    return found


def _named(names: Sequence[str], count: int) -> Sequence[str]:
    """Return a name for each: one socket alone needs none of ours."""
    if count == 1 and not (names and names[0] in (OPS, _GRPC)):
        return [HTTP]
    if len(names) != count or len(set(names)) != count:
        raise SystemdError(
            f"LISTEN_FDNAMES: {count} inherited sockets need as many different names"
        )
    return names


def adopted(number: int) -> socket.socket:
    """Return the listening socket of a descriptor, or raise ``SystemdError``."""
    try:
        os.set_inheritable(number, False)
        found = socket.socket(fileno=number)
        found.setblocking(False)
        listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise SystemdError(
            f"LISTEN_FDS: descriptor {number} is no socket: {error.strerror}"
        ) from None
    if not listens or found.family not in _FAMILIES:
        raise SystemdError(
            f"LISTEN_FDS: descriptor {number} is no listening TCP socket"
        )
    return found


def shown(listening: socket.socket) -> str:
    """Return the address of a socket as it is written in a configuration."""
    host, port = listening.getsockname()[:2]
    return join_host_port(host, port)


def _announce(name: str, found: socket.socket, configured: str) -> None:
    port = found.getsockname()[1]
    log = (
        _log.info
        if configured and parse_address(configured).port == port
        else _log.warn
    )
    log(
        "The inherited socket {name} listens on {address}; the configured address"
        " ({configured}) is not used",
        name=name,
        address=shown(found),
        configured=configured,
    )
