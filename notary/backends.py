"""The storage that the settings name, opened: of the server, and of the signer.

A new backend is one more case in ``open_storage`` and ``open_keys``. What is opened is
put together with everything else in ``notary.tap`` and ``notary.signer_tap``.
"""

from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen
from twisted.logger import Logger

from notary.ops.metrics import Metrics
from notary.ops.reactor import Reactor
from notary.settings import Settings, SignerSettings, StorageSettings
from notary.settings.dsn import parse_dsn
from notary.signing.keystore import KeyStore, MemoryKeyStore
from notary.signing.passphrase import (
    DEFAULT_ALIAS,
    PASSPHRASE_VARIABLE,
    PassphraseError,
    Passphrases,
    ephemeral,
    given_passphrases,
    local_passphrases,
    signer_passphrases,
)
from notary.storage import mysql_schema
from notary.storage.database import Database
from notary.storage.memory import MemoryStore
from notary.storage.migrations import SERVER, SIGNER
from notary.storage.mysql import open_mysql
from notary.storage.mysql_tls import TLSFiles
from notary.storage.observing import QueryObserver, log_query
from notary.storage.sql import SQLStore
from notary.storage.sql_keys import SQLKeyStore
from notary.storage.sqlite import has_keys, open_sqlite
from notary.storage.store import MetadataStore, StorageError

_log = Logger()

Close = Callable[[], Coroutine[Any, Any, None]]


class BackendError(Exception):
    """The storage cannot be used; the message names the setting, in one line."""


@frozen
class Keys:
    """Where private keys are kept, and what they are encrypted with."""

    store: KeyStore
    passphrases: Passphrases


@frozen
class Storage:
    """Where the server keeps metadata, and how to let go of it.

    ``keys`` are those of local signing: with a remote signer there are none.
    """

    metadata: MetadataStore
    keys: Keys | None
    close: Close


def bound_to_one_process(settings: Settings, environ: Mapping[str, str]) -> str:
    """Return why several processes cannot serve together; empty if they can."""
    backend = settings.storage.backend
    if backend == "memory":
        return "storage.backend memory is that of one process"
    local = settings.trust_service.type == "local"
    if backend == "mysql" and local and given_passphrases(environ) is None:
        return (
            "the keys of local signing are in the memory of one process;"
            f" set {PASSPHRASE_VARIABLE} to keep them in the database"
        )
    return ""


def open_storage(
    settings: Settings,
    environ: Mapping[str, str],
    reactor: Reactor,
    metrics: Metrics,
) -> Storage:
    """Return what the server keeps; blocks shortly. Raise ``BackendError``."""
    storage = settings.storage
    _log.info("Using {backend} backend", backend=storage.backend)
    local = settings.trust_service.type == "local"
    if storage.backend == "memory":
        keys = Keys(MemoryKeyStore(), ephemeral()) if local else None
        return Storage(MemoryStore(), keys, nothing)
    if storage.backend == "mysql":
        with_keys = local and given_passphrases(environ) is not None
        _require_schema(storage, with_keys=with_keys)
    database = _open(storage, reactor, metrics)
    keys = _local_keys(storage, environ, database) if local else None
    return Storage(SQLStore(database), keys, database.close)


def open_keys(
    settings: SignerSettings,
    environ: Mapping[str, str],
    reactor: Reactor,
    metrics: Metrics,
) -> tuple[Keys, Close]:
    """Return what the signer keeps, and how to let go of it; blocks shortly.

    Raise ``BackendError``.
    """
    storage = settings.storage
    _log.info("Using {backend} backend", backend=storage.backend)
    if storage.backend == "memory":
        return Keys(MemoryKeyStore(), ephemeral()), nothing
    passphrases = signer_passphrases(settings.default_alias, environ)
    if storage.backend == "mysql":
        dsn, tls = parse_dsn(storage.db_url), tls_files(storage)
        _require(lambda: mysql_schema.check(dsn, SIGNER, tls))
    database = _open(storage, reactor, metrics)
    return Keys(SQLKeyStore(database), passphrases), database.close


def tls_files(settings: StorageSettings) -> TLSFiles:
    """Return the files for TLS to the database."""
    return TLSFiles(
        settings.tls_ca_file, settings.client_cert_file, settings.client_key_file
    )


def _local_keys(
    storage: StorageSettings, environ: Mapping[str, str], database: Database
) -> Keys:
    """Return where local signing keeps its keys: MySQL is not given any unasked."""
    if storage.backend == "sqlite3":
        path = Path(storage.db_url)
        beside = path.with_name(path.name + ".passphrase")
        # In this order: another process makes the file before the first key.
        if given_passphrases(environ) is None and has_keys(path, DEFAULT_ALIAS):
            _require_passphrase(beside)
        try:
            return Keys(SQLKeyStore(database), local_passphrases(environ, beside))
        except PassphraseError as error:
            raise BackendError(f"{PASSPHRASE_VARIABLE}: {error}") from None
    given = given_passphrases(environ)
    if given is not None:
        return Keys(SQLKeyStore(database), given)
    _log.warn(
        "The keys of local signing are kept in memory and lost when the server"
        " ends; set {variable} to keep them in the database",
        variable=PASSPHRASE_VARIABLE,
    )
    return Keys(MemoryKeyStore(), ephemeral())


def _require_passphrase(path: Path) -> None:
    """Never make another passphrase than that of the keys there are."""
    if not path.exists():
        raise BackendError(
            f"{PASSPHRASE_VARIABLE}: neither it nor the file {path} is there, but the"
            " database has keys that were encrypted with it: restore the one or the"
            " other"
        )


def _require_schema(storage: StorageSettings, *, with_keys: bool) -> None:
    dsn, tls = parse_dsn(storage.db_url), tls_files(storage)
    _require(lambda: mysql_schema.check(dsn, SERVER, tls))
    if with_keys:
        _require(lambda: mysql_schema.check_keys(dsn, tls))


def _require(check: Callable[[], str | None]) -> None:
    try:
        problem = check()
    except StorageError as error:
        raise BackendError(
            f"storage.db_url: Error starting mysql driver: {error}"
        ) from None
    if problem is not None:
        raise BackendError(f"storage.db_url: {problem}")


def _open(storage: StorageSettings, reactor: Reactor, metrics: Metrics) -> Database:
    try:
        if storage.backend == "sqlite3":
            path = Path(storage.db_url)
            database = open_sqlite(path, observe=_observer(metrics))
        else:
            dsn, tls = parse_dsn(storage.db_url), tls_files(storage)
            for warning in dsn.parameters.warnings:
                _log.warn("storage.db_url: {warning}", warning=warning)
            database = open_mysql(dsn, reactor, tls=tls, observe=_observer(metrics))
    except StorageError as error:
        place = f"{storage.db_url}: " if storage.backend == "sqlite3" else ""
        raise BackendError(f"storage.db_url: {place}{error}") from None
    metrics.watch_pool(lambda: database.running)
    return database


def _observer(metrics: Metrics) -> QueryObserver:
    def observe(name: str, seconds: float, error: str | None, retries: int) -> None:
        metrics.observe_query(name, seconds, error, retries)
        log_query(name, seconds, error, retries)

    return observe


async def nothing() -> None:
    """Let go of what needs no closing."""
