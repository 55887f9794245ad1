"""The storage that the settings name, opened; and the command that makes its schema.

A new backend is one more case in ``open_storage``. What is opened is put together with
everything else in ``notary.tap``.
"""

from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen
from twisted.logger import Logger

from notary.ops.metrics import Metrics
from notary.ops.reactor import Reactor
from notary.settings import Settings, StorageSettings
from notary.settings.dsn import parse_dsn
from notary.signing.keystore import KeyStore, MemoryKeyStore
from notary.signing.passphrase import (
    PASSPHRASE_VARIABLE,
    PassphraseError,
    Passphrases,
    ephemeral,
    given_passphrases,
    local_passphrases,
)
from notary.storage import mysql_schema
from notary.storage.memory import MemoryStore
from notary.storage.migrations import SERVER
from notary.storage.mysql import open_mysql
from notary.storage.mysql_tls import TLSFiles
from notary.storage.observing import QueryObserver, log_query
from notary.storage.sql import SQLStore
from notary.storage.sql_keys import SQLKeyStore
from notary.storage.sqlite import open_sqlite
from notary.storage.store import MetadataStore, StorageError

_log = Logger()


class BackendError(Exception):
    """The storage cannot be used; the message names the setting, in one line."""


@frozen
class Storage:
    """Where metadata and the keys of local trust are kept, and how to let go of it."""

    metadata: MetadataStore
    keys: KeyStore
    passphrases: Passphrases
    close: Callable[[], Coroutine[Any, Any, None]]


def open_storage(
    settings: StorageSettings,
    environ: Mapping[str, str],
    reactor: Reactor,
    metrics: Metrics,
) -> Storage:
    """Return what ``storage`` describes; blocks shortly. Raise ``BackendError``."""
    _log.info("Using {backend} backend", backend=settings.backend)
    try:
        if settings.backend == "mysql":
            return _mysql(settings, environ, reactor, metrics)
        if settings.backend == "sqlite3":
            return _sqlite(Path(settings.db_url), environ, metrics)
    except PassphraseError as error:
        raise BackendError(f"{PASSPHRASE_VARIABLE}: {error}") from None
    return Storage(MemoryStore(), MemoryKeyStore(), ephemeral(), _nothing)


def bootstrap(settings: Settings) -> str:
    """Make or upgrade the schema and return what was done. Raise ``BackendError``."""
    storage = settings.storage
    if storage.backend != "mysql":
        raise BackendError("store does not support bootstrapping")
    dsn, tls = parse_dsn(storage.db_url), _tls(storage)
    try:
        done = mysql_schema.bootstrap(dsn, SERVER, tls)
        if settings.trust_service.type == "local":
            mysql_schema.bootstrap_keys(dsn, tls)
    except StorageError as error:
        raise BackendError(f"storage.db_url: {error}") from None
    return done


def _sqlite(path: Path, environ: Mapping[str, str], metrics: Metrics) -> Storage:
    beside = path.with_name(path.name + ".passphrase")
    try:
        database = open_sqlite(path, observe=_observer(metrics))
    except StorageError as error:
        raise BackendError(f"storage.db_url: {path}: {error}") from None
    metrics.watch_pool(lambda: database.running)
    passphrases = local_passphrases(environ, beside)
    keys = SQLKeyStore(database)
    return Storage(SQLStore(database), keys, passphrases, database.close)


def _mysql(
    settings: StorageSettings,
    environ: Mapping[str, str],
    reactor: Reactor,
    metrics: Metrics,
) -> Storage:
    dsn, tls = parse_dsn(settings.db_url), _tls(settings)
    for warning in dsn.parameters.warnings:
        _log.warn("storage.db_url: {warning}", warning=warning)
    passphrases = given_passphrases(environ)
    try:
        problem = mysql_schema.check(dsn, SERVER, tls)
        if problem is None and passphrases is not None:
            problem = mysql_schema.check_keys(dsn, tls)
        database = open_mysql(dsn, reactor, tls=tls, observe=_observer(metrics))
    except StorageError as error:
        raise BackendError(
            f"storage.db_url: Error starting mysql driver: {error}"
        ) from None
    if problem is not None:
        raise BackendError(f"storage.db_url: {problem}")
    metrics.watch_pool(lambda: database.running)
    metadata = SQLStore(database)
    if passphrases is None:
        _log.warn(
            "The keys of local signing are kept in memory and lost when the server"
            " ends; set {variable} to keep them in the database",
            variable=PASSPHRASE_VARIABLE,
        )
        return Storage(metadata, MemoryKeyStore(), ephemeral(), database.close)
    return Storage(metadata, SQLKeyStore(database), passphrases, database.close)


def _observer(metrics: Metrics) -> QueryObserver:
    def observe(name: str, seconds: float, error: str | None, retries: int) -> None:
        metrics.observe_query(name, seconds, error, retries)
        log_query(name, seconds, error, retries)

    return observe


def _tls(settings: StorageSettings) -> TLSFiles:
    return TLSFiles(
        settings.tls_ca_file, settings.client_cert_file, settings.client_key_file
    )


async def _nothing() -> None:
    return None
