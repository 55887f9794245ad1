"""MySQL and MariaDB, also as a Galera cluster: the database of the Go programs.

Transactions are in REPEATABLE READ, so reads see one state, whatever the server's
default is. A read of one statement sees one state without, and saves two round trips.
What changes a repository first *claims* its GUN: it inserts a row that no reader ever
sees, for it is deleted in the same transaction. On one server the others wait for the
row's lock before they take their snapshot, so what they check afterwards is what the
winner left, also if there was nothing to lock before (a first publish, a deletion).
Locking reads would not do: where there is no row they lock a gap, which two may hold
until both die of it. In Galera, locks are of one node; but everybody who changes the
same repository writes the same key, so that of two at once one fails its certification
(1213), is repeated, and finds the other's timestamp. That the index on GUN, role and
version is unique holds against those who claim nothing (the Go server). Keys are
claimed in the same way, so that one is made where one is needed.

Collations compare without case and trailing spaces: names are looked up by index as
they compare, and what is found is compared byte for byte. The unique index remains
what it is: it takes no two GUNs that are equal but for case with equal versions.
"""

import re
from collections.abc import Mapping
from datetime import tzinfo
from functools import lru_cache
from types import MappingProxyType

from attrs import frozen
from twisted.internet.interfaces import IReactorTime

from notary.settings.dsn import DSN
from notary.storage import mysql_errors
from notary.storage.database import Database
from notary.storage.dialect import Duplicate
from notary.storage.limits import is_storable_name
from notary.storage.mysql_connect import DEADLINES, Connector, Deadlines
from notary.storage.mysql_session import BEGIN
from notary.storage.mysql_tls import NO_FILES, TLSFiles
from notary.storage.observing import QueryObserver, log_query
from notary.storage.patience import Patience
from notary.storage.pool import MAX_WAITING, Pool, Waiting, connection_pool
from notary.storage.store import StorageError

_COMPARED = re.compile(
    r"\b(WHERE|AND) (gun|role|sha256|key_id|algorithm|passphrase_alias) = (:\w+)"
)
_PARAMETER = re.compile(r":(\w+)")
_EXACT = r"\1 \2 = \3 AND CAST(\2 AS BINARY) = CAST(\3 AS BINARY)"
_CLAIM_GUN = {
    "claim_gun": """INSERT INTO tuf_files (gun, role, version, data)
        VALUES (:name, '', 0, '') ON DUPLICATE KEY UPDATE version = 0""",
    "release_gun": """DELETE FROM tuf_files
        WHERE gun = :name AND role = '' AND version = 0""",
}
_CLAIM_KEY = {
    "claim_key": """INSERT INTO private_keys (key_id, encryption_alg, keywrap_alg,
        algorithm, passphrase_alias, public, private, gun, role)
        VALUES (:name, '', '', '', '', '', '', '', '')
        ON DUPLICATE KEY UPDATE role = ''""",
    "release_key": "DELETE FROM private_keys WHERE key_id = :name",
}


@frozen
class PoolLimits:
    """Connections are for reads and again for writes; the times are in seconds.

    ``wait`` is for a connection, ``retry`` for a transaction that has to be repeated.
    """

    connections: int = 10
    max_waiting: int = MAX_WAITING
    wait: float = 5.0
    retry: float = 10.0


LIMITS = PoolLimits()


class MySQLDialect:
    """Names are compared as indexes do and then byte for byte."""

    begin_write = BEGIN
    claim_gun: Mapping[str, str] = MappingProxyType(_CLAIM_GUN)
    claim_key: Mapping[str, str] = MappingProxyType(_CLAIM_KEY)
    errors = mysql_errors.ERRORS

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone

    def adapt(self, sql: str) -> str:
        """Return the statement with exact comparisons and ``%(name)s``."""
        return _adapted(sql)

    def can_hold(self, name: str) -> bool:
        """Tell whether a name fits into utf8mb3: three bytes for a character."""
        return is_storable_name(name) and (name.isascii() or max(name) <= "\uffff")

    def kind(self, error: Exception) -> str:
        """Return the error's number and name."""
        return mysql_errors.kind_of(error)

    def translated(self, error: Exception) -> Duplicate | StorageError:
        """Return what the error means; only its number and name are told."""
        return mysql_errors.translated(error)


@lru_cache(128)
def _adapted(sql: str) -> str:
    exact = _COMPARED.sub(_EXACT, sql.replace("%", "%%"))
    return _PARAMETER.sub(r"%(\1)s", exact)


def open_mysql(
    dsn: DSN,
    reactor: IReactorTime,
    *,
    tls: TLSFiles = NO_FILES,
    limits: PoolLimits = LIMITS,
    deadlines: Deadlines = DEADLINES,
    observe: QueryObserver = log_query,
) -> Database:
    """Return the database at the address, to which nothing is connected yet.

    Raise ``StorageError`` if the options for TLS cannot work.
    """
    connector = Connector(dsn, tls, deadlines)
    return Database(
        MySQLDialect(dsn.parameters.zone),
        _pool(connector, limits, reactor, read_only=True),
        _pool(connector, limits, reactor, read_only=False),
        limits.max_waiting,
        waiting=Waiting(limits.connections, limits.wait, reactor),
        patience=Patience(limits.retry, reactor),
        observe=observe,
    )


def _pool(
    connector: Connector, limits: PoolLimits, reactor: IReactorTime, *, read_only: bool
) -> Pool:
    return connection_pool(
        "notary.storage.mysql_session",
        connector,
        read_only=read_only,
        cp_min=0,
        cp_max=limits.connections,
        cp_noisy=False,
        cp_reactor=reactor,
    )
