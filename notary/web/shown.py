"""What of a request is shown in the log: cut short, and without what may be a secret.

Values in a query are shown only if the API knows their names: tokens and passwords
are sent in others.
"""

import re

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress

from notary.settings.address import join_host_port

MAX_LENGTH = 512
HIDDEN = "***"

_KNOWN = re.compile("(change_id|records)=[+-]?[0-9]{0,20}")
_NAME = re.compile("[A-Za-z_-]{1,24}")
_CREDENTIALS = re.compile("//[^/?#]*@")


def text(value: bytes) -> str:
    """Return what a client sent as text of bounded length."""
    return value[:MAX_LENGTH].decode("utf-8", "replace")


def uri(value: bytes) -> str:
    """Return the target of a request, unknown values and credentials hidden."""
    before, mark, query = value.partition(b"?")
    shown = "&".join(map(_member, text(query).split("&")))
    return _without_credentials(before) + mark.decode("ascii") + shown


def referer(value: bytes) -> str:
    """Return the page that the client came from, without query and credentials."""
    return _without_credentials(re.split(b"[?#]", value, maxsplit=1)[0])


def host(value: bytes) -> str:
    """Return the host that was asked for, without credentials."""
    _, mark, after = value.rpartition(b"@")
    return text(HIDDEN.encode() + mark + after if mark else value)


def peer(address: IAddress | None) -> str:
    """Return host and port of the other side."""
    if isinstance(address, IPv4Address | IPv6Address):
        return join_host_port(address.host, address.port)
    return str(address)


def _without_credentials(address: bytes) -> str:
    # They go first: what is cut before its @ would not be known for what it is.
    shown = _CREDENTIALS.sub(f"//{HIDDEN}@", address.decode("utf-8", "replace"), 1)
    return shown[:MAX_LENGTH]


def _member(member: str) -> str:
    name, mark, _ = member.partition("=")
    if not member or _KNOWN.fullmatch(member):
        return member
    return f"{name}={HIDDEN}" if mark and _NAME.fullmatch(name) else HIDDEN
