"""What looks to ``adbapi`` like a driver: sessions that outlive their connections.

Each thread of a pool has one. It connects when a transaction begins, again if the
connection is too old or known to be broken, and knows a failed commit from others. A
statement outside of a transaction is one of its own, and needs no commit.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import pymysql
from pymysql.cursors import Cursor

from notary.storage.mysql_connect import Connector, Live
from notary.storage.mysql_errors import LOST, USELESS, CommitFailed, TooLarge, code_of

apilevel = "2.0"
threadsafety = 1
paramstyle = "pyformat"

BEGIN = "START TRANSACTION"

_OVERHEAD = 1024


class Session:
    """A DB-API connection, made anew whenever that is needed."""

    def __init__(self, connector: Connector, *, read_only: bool) -> None:
        self._connector = connector
        self._read_only = read_only
        self._live: Live | None = None
        self._begun = False

    def cursor(self) -> "_Cursor":
        """Return a cursor of a connection that is good as far as is known."""
        if self._live and not self._connector.is_good(self._live):
            self.close()
        if self._live is None:
            self._live = self._connector.connect(read_only=self._read_only)
        return _Cursor(self, self._live)

    def commit(self) -> None:
        """Commit; raise ``CommitFailed`` if it is not known whether it happened."""
        if not self._begun:
            return
        self._begun = False
        if self._live is None:
            raise CommitFailed(2013)
        try:
            self._live.connection.commit()
        except pymysql.MySQLError as error:
            self.failed(error)
            raise CommitFailed(code_of(error)) from None

    def rollback(self) -> None:
        """Roll back, by giving up the connection if there is no other way."""
        begun, self._begun = self._begun, False
        if self._live is None or not begun:
            return
        try:
            self._live.connection.rollback()
        except Exception:  # the transaction failed already, for a better reason
            self.close()

    def close(self) -> None:
        """Give up the connection."""
        live, self._live = self._live, None
        if live:
            with suppress(Exception):
                live.connection.close()

    def runs(self, sql: str) -> None:
        """Note whether this statement begins a transaction."""
        self._begun = self._begun or sql.startswith(BEGIN)

    def failed(self, error: pymysql.MySQLError) -> None:
        """Draw conclusions from an error for this connection and the others."""
        code = code_of(error)
        if self._live and code in LOST | USELESS:
            self._connector.hosts.lost(self._live.host, useless=code in USELESS)
            self.close()


connect = Session


class _Cursor:
    """A cursor that sends texts as texts, and nothing that the server would refuse."""

    def __init__(self, session: Session, live: Live) -> None:
        self._session = session
        self._max_packet = live.max_packet
        self._cursor: Cursor = live.connection.cursor()

    def execute(self, sql: str, parameters: dict[str, object]) -> object:
        values = {name: _compact(value) for name, value in parameters.items()}
        query = self._cursor.mogrify(sql, values)
        if _size(query) + _OVERHEAD > self._max_packet:
            raise TooLarge(self._max_packet)
        self._session.runs(sql)
        try:
            return self._cursor.execute(query)
        except pymysql.MySQLError as error:
            self._session.failed(error)
            raise

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    def fetchall(self) -> Iterable[tuple[Any, ...]]:
        return self._cursor.fetchall()

    def close(self) -> None:
        self._cursor.close()


def _compact(value: object) -> object:
    """Return bytes as text if they are; else the driver sends them in hexadecimal."""
    if isinstance(value, bytes):
        with suppress(UnicodeDecodeError):
            return value.decode("utf-8")
    return value


def _size(query: str) -> int:
    return len(query) if query.isascii() else len(query.encode("utf-8"))
