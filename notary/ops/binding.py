"""Bind an address as the settings write it, or say why that cannot be.

What binds is given: a listening port of the reactor, a socket, or gRPC's library.
"""

import errno
import os
import socket
from collections.abc import Callable
from typing import TypeVar

from twisted.internet.error import CannotListenError
from twisted.logger import Logger

from notary.settings.address import parse_address

ANY = "::"

_ANY_IPV4 = "0.0.0.0"  # noqa: S104 -- what an address without a host asks for
_NO_IPV6 = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
_Bound = TypeVar("_Bound")

_log = Logger()


def bound(address: str, bind: Callable[[str, int], _Bound]) -> _Bound:
    """Return what ``bind`` makes of the host and port of an address.

    Raise ``CannotListenError`` or ``OSError``, as it does. Without a host all
    addresses are meant, those of IPv4 alone where there is no IPv6.
    """
    where = parse_address(address)
    if where.host:
        return bind(_resolved(where.host), where.port)
    try:
        return bind(ANY, where.port)
    except (CannotListenError, OSError) as error:
        if not is_without_ipv6(error):
            raise
        return bind(_ANY_IPV4, where.port)


def cannot_listen(address: str, error: CannotListenError | OSError) -> SystemExit:
    """Log why nobody can listen there, and return the end of the program."""
    _log.critical(
        "listen tcp {address}: {reason}", address=address, reason=reason(error)
    )
    return SystemExit(1)


def is_without_ipv6(error: CannotListenError | OSError) -> bool:
    """Tell whether nobody can listen there because the host has no IPv6."""
    return _errno(error) in _NO_IPV6


def reason(error: CannotListenError | OSError) -> str:
    """Return why nobody can listen there, in the words of Go."""
    if isinstance(error, socket.gaierror):
        return "the host is not known"
    number = _errno(error)
    return f"bind: {os.strerror(number).lower() if number else error}"


def _resolved(host: str) -> str:
    """Return the first address of the host, an IPv4 one if there is any."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    found.sort(key=lambda each: each[0] != socket.AF_INET)
    return str(found[0][4][0])


def _errno(error: CannotListenError | OSError) -> int:
    cause = error.socketError if isinstance(error, CannotListenError) else error
    return getattr(cause, "errno", None) or 0
