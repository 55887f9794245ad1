"""The wiring: what ``twistd notary-server`` consists of, and the only place to see it.

A new backend is one more case in ``_storage``, a new trust service one in
``_signer``; what is not supported yet has been refused by ``notary.options``.
"""

import os
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from attrs import frozen
from twisted.application.service import IService
from twisted.logger import Logger

from notary.ops.development import commands_to_try
from notary.ops.lifecycle import Closing, Program, StopSignals
from notary.ops.listening import Listener
from notary.ops.logs import UNCONDITIONAL
from notary.ops.reactor import Reactor
from notary.options import VERSION_LINE, Options
from notary.server.service import Service
from notary.settings import StorageSettings
from notary.settings.address import parse_address
from notary.signing.keystore import KeyStore, MemoryKeyStore
from notary.signing.local import LocalSigner
from notary.signing.passphrase import (
    PassphraseError,
    Passphrases,
    ephemeral,
    local_passphrases,
)
from notary.signing.service import SigningService
from notary.storage.memory import MemoryStore
from notary.storage.sql import SQLStore
from notary.storage.sql_keys import SQLKeyStore
from notary.storage.sqlite import open_sqlite
from notary.storage.store import MetadataStore, StorageError
from notary.tuf.keys import ED25519
from notary.web.site import make_site

__all__ = ["Options", "makeService"]

PASSPHRASE_VARIABLE = "NOTARY_SERVER_KEY_PASSPHRASE"  # noqa: S105 -- only its name

_log = Logger()


def makeService(options: Options) -> IService:  # noqa: N802
    """Return the whole server, ready to be started."""
    from twisted.internet import reactor as chosen  # noqa: PLC0415 -- by twistd

    reactor = cast(Reactor, chosen)
    settings = options.settings
    program = Program(options.observer())
    _log.info(VERSION_LINE, **{UNCONDITIONAL: True})
    storage = _storage(settings.storage)
    signer = _signer(storage)
    service = Service(storage.metadata, signer, _now, ED25519)
    site = make_site(service, settings, reactor)
    if options.tls:
        _log.info("Enabling TLS")
    parts = (
        StopSignals(reactor),
        Closing(storage.close),
        Listener(reactor, settings.server.http_addr, site, options.tls),
    )
    for part in parts:
        part.setServiceParent(program)  # type: ignore[no-untyped-call]
    if options.development is not None:
        port = parse_address(settings.server.http_addr).port
        sys.stdout.write(commands_to_try(options.development, port))
    return program


@frozen
class _Storage:
    """Where metadata and the keys of local trust are kept, and how to let go of it."""

    metadata: MetadataStore
    keys: KeyStore
    passphrases: Passphrases
    close: Callable[[], Coroutine[Any, Any, None]]


def _storage(settings: StorageSettings) -> _Storage:
    _log.info("Using {backend} backend", backend=settings.backend)
    if settings.backend == "sqlite3":
        return _sqlite(Path(settings.db_url))
    return _Storage(MemoryStore(), MemoryKeyStore(), ephemeral(), _nothing)


def _sqlite(path: Path) -> _Storage:
    beside = path.with_name(path.name + ".passphrase")
    try:
        database = open_sqlite(path)
        passphrases = local_passphrases(os.environ.get(PASSPHRASE_VARIABLE), beside)
    except StorageError as error:
        raise SystemExit(f"storage.db_url: {path}: {error}") from None
    except PassphraseError as error:
        raise SystemExit(f"{PASSPHRASE_VARIABLE}: {error}") from None
    return _Storage(
        SQLStore(database), SQLKeyStore(database), passphrases, database.close
    )


def _signer(storage: _Storage) -> SigningService:
    _log.info(
        "Using local signing service, which requires ED25519. Ignoring all other"
        " trust_service parameters, including keyAlgorithm"
    )
    return LocalSigner(storage.keys, storage.passphrases, _now)


async def _nothing() -> None:
    return None


def _now() -> datetime:
    return datetime.now(UTC)
