"""The address of a MySQL database in the grammar of go-sql-driver 1.5.

``[user[:password]@][tcp|unix[(address)]]/database[?parameter=value&...]``; ours is that
an address may be several hosts, ``tcp(db1:3306,db2:3306)``. Nothing of the text is ever
repeated in an error, for a password may be anywhere in it.
"""

import re
from contextlib import suppress
from ipaddress import IPv6Address

from attrs import field, frozen

from notary.settings.dsn_parameters import DSNError, Parameters, read_parameters

MAX_LENGTH = 8192
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 3306
DEFAULT_SOCKET = "/tmp/mysql.sock"  # noqa: S108 -- go-sql-driver's

_WITH_PORT = re.compile(
    r"(?:\[(?P<v6>[^\[\]]*)\]|(?P<name>[^:\[\]]*))(?::(?P<port>[0-9]{1,5}))?", re.ASCII
)


@frozen
class Host:
    """Where a server listens: a name or an address, and a TCP port."""

    name: str
    port: int


@frozen
class DSN:
    """How to reach a database: there is a ``socket``, or at least one of ``hosts``."""

    user: str
    password: str = field(repr=False)
    hosts: tuple[Host, ...]
    socket: str | None
    database: str
    parameters: Parameters


def parse_dsn(text: str) -> DSN:
    """Return what the text means or raise ``DSNError``."""
    if len(text) > MAX_LENGTH:
        raise DSNError(f"it is longer than {MAX_LENGTH} characters")
    if "\0" in text:
        raise DSNError("it contains a NUL character")
    left, slash, right = text.rpartition("/")
    if not slash:
        raise DSNError("the slash before the name of the database is missing")
    credentials, _, address = left.rpartition("@")
    user, _, password = credentials.partition(":")
    hosts, socket = _address(address)
    database, _, query = right.partition("?")
    if not database:
        raise DSNError("the name of the database is missing")
    parameters = read_parameters(query)
    return DSN(user, password, hosts, socket, database, parameters)


def _address(text: str) -> tuple[tuple[Host, ...], str | None]:
    network, bracket, rest = text.partition("(")
    if bracket and not rest.endswith(")"):
        if ")" in rest:
            raise DSNError(
                "something stands between the address and the last slash"
                " (a slash in the value of a parameter is written %2F)"
            )
        raise DSNError("the address does not end with a closing bracket")
    address = rest[:-1]
    if network in ("", "tcp", "tcp4", "tcp6"):
        return _hosts(address), None
    if network == "unix":
        return (), address or DEFAULT_SOCKET
    raise DSNError("the network is neither tcp nor unix")


def _hosts(text: str) -> tuple[Host, ...]:
    if not text:
        return (Host(DEFAULT_HOST, DEFAULT_PORT),)
    hosts = tuple(_host(part.strip()) for part in text.split(","))
    if len(set(hosts)) < len(hosts):
        raise DSNError("a host is listed twice")
    return hosts


def _host(text: str) -> Host:
    with suppress(ValueError):
        return Host(str(IPv6Address(text)), DEFAULT_PORT)
    found = _WITH_PORT.fullmatch(text)
    if not text or not found:
        raise DSNError("an address is not a host and a port")
    port = int(found["port"] or DEFAULT_PORT)
    if not 0 < port < 65536:
        raise DSNError("a port is not between 1 and 65535")
    return Host(found["v6"] or found["name"] or DEFAULT_HOST, port)
