"""Connections to one of the servers of a MySQL address, ready for transactions.

Every wait is bounded. What differs between servers is set for the session, except
for the time zone, which is the business of the Go programs' old rows.
"""

import time
from contextlib import suppress
from typing import Any

import pymysql
from attrs import frozen
from pymysql.connections import Connection
from pymysql.constants import CLIENT

from notary.settings.dsn import DSN, Host
from notary.storage.mysql_errors import ConnectFailed, code_of
from notary.storage.mysql_hosts import Address, Hosts
from notary.storage.mysql_tls import NO_FILES, TLSFiles, tls_options

SQL_MODE = "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION"

_SESSION = (
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET SESSION innodb_lock_wait_timeout = %s",
    "SET SESSION lock_wait_timeout = %s",
)
_READ_ONLY = "SET SESSION TRANSACTION READ ONLY"
_SERVER = "SELECT @@max_allowed_packet, @@global.read_only"
# Clients take an older timestamp than the one they know for an attack, so a node of
# a cluster first applies what the others committed before the transaction began.
_IS_NODE = "SHOW VARIABLES LIKE 'wsrep_on'"
_WAIT = "SET SESSION wsrep_sync_wait = @@wsrep_sync_wait | 1"


@frozen
class Deadlines:
    """Seconds; the address may set those of connecting and of reading and writing."""

    connect: float = 3.0
    read: float = 5.0
    write: float = 5.0
    lock: int = 3
    age: float = 300.0


DEADLINES = Deadlines()


@frozen
class Live:
    """A connection that was made at ``since`` and takes ``max_packet`` bytes."""

    connection: "Connection[Any]"
    host: Address
    since: float
    max_packet: int


class Connector:
    """Makes connections, and knows which of them are still good."""

    def __init__(
        self, dsn: DSN, tls: TLSFiles = NO_FILES, deadlines: Deadlines = DEADLINES
    ) -> None:
        self._dsn = dsn
        self._deadlines = deadlines
        self._several = len(dsn.hosts) > 1
        self._options = _options(dsn, tls, deadlines)
        self.hosts = Hosts([dsn.socket] if dsn.socket else dsn.hosts)

    def connect(self, *, read_only: bool = False) -> Live:
        """Return a new connection to the first server that has one.

        Raise ``ConnectFailed``, soon if there was none a moment ago.
        """
        failure = ConnectFailed(2003)
        for host in self.hosts.candidates():
            try:
                live = self._open(host, read_only=read_only)
            except ConnectFailed as error:
                self.hosts.unreachable(host)
                failure = error
            else:
                self.hosts.reached(host)
                return live
        raise failure

    def is_good(self, live: Live) -> bool:
        """Tell whether a connection may be used again without asking."""
        young = time.monotonic() - live.since < self._deadlines.age
        return young and self.hosts.is_trusted(live.host, live.since)

    def _open(self, host: Address, *, read_only: bool) -> Live:
        since = time.monotonic()
        connection = self._connection(host)
        try:
            connection.connect()
            max_packet = self._prepare(connection, read_only=read_only)
        except Exception as error:  # whatever answers there, it may not be MySQL
            _abandon(connection)
            code = code_of(error) if isinstance(error, pymysql.MySQLError) else 2003
            raise ConnectFailed(code) from None
        return Live(connection, host, since, max_packet)

    def _connection(self, host: Address) -> "Connection[Any]":
        where: dict[str, Any] = (
            {"host": host.name, "port": host.port}
            if isinstance(host, Host)
            else {"unix_socket": host}
        )
        connection = pymysql.connect(defer_connect=True, **where, **self._options)
        # The driver would take the name of the system's user for an empty one.
        connection.user = _bytes(self._dsn.user)
        return connection

    def _prepare(self, connection: "Connection[Any]", *, read_only: bool) -> int:
        with connection.cursor() as cursor:
            for number, statement in enumerate(_SESSION):
                cursor.execute(statement, (self._deadlines.lock,) if number else None)
            cursor.execute(_SERVER)
            max_packet, is_replica = cursor.fetchone() or (0, 0)
            cursor.execute(_IS_NODE)
            if cursor.fetchone() == ("wsrep_on", "ON"):
                cursor.execute(_WAIT)
            if read_only:
                cursor.execute(_READ_ONLY)
        if self._several and is_replica:
            raise pymysql.OperationalError(1290, "read-only")
        return int(max_packet)


class _Refusing:
    """Takes the place of a way to log in that the address does not allow."""

    def __init__(self, connection: object) -> None:
        """Ignore the connection."""

    def authenticate(self, packet: object) -> None:  # noqa: ARG002 -- not read
        raise pymysql.OperationalError(2059, "refused")


def _options(dsn: DSN, tls: TLSFiles, deadlines: Deadlines) -> dict[str, Any]:
    given = dsn.parameters
    # Else any server, or who poses as one, could ask for the password itself.
    refused = {
        "dialog": False,
        "mysql_clear_password": given.cleartext_password,
        "mysql_old_password": given.old_password,
    }
    return {
        "password": _bytes(dsn.password),
        "database": _bytes(dsn.database),
        "charset": "utf8mb4",
        # An UPDATE tells how many rows it found, also if they already were like that.
        "client_flag": CLIENT.FOUND_ROWS,
        "sql_mode": SQL_MODE,
        "autocommit": True,
        "local_infile": False,
        "connect_timeout": given.timeout or deadlines.connect,
        "read_timeout": given.read_timeout or deadlines.read,
        "write_timeout": given.write_timeout or deadlines.write,
        "auth_plugin_map": {
            name: _Refusing for name, allowed in refused.items() if not allowed
        },
        **tls_options(given.tls, tls),
    }


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _abandon(connection: "Connection[Any]") -> None:
    with suppress(Exception):
        connection.close()
