"""The wiring: what ``twistd notary-server`` consists of, and the only place to see it.

Storage is opened in ``notary.backends``; what is not supported yet has been refused by
``notary.options``.
"""

import os
import sys
from datetime import UTC, datetime
from typing import cast

from twisted.application.service import IService
from twisted.logger import Logger

from notary.backends import BackendError, Storage, open_storage
from notary.ops.development import commands_to_try
from notary.ops.lifecycle import Closing, Program, StopSignals
from notary.ops.listening import Listener
from notary.ops.logs import UNCONDITIONAL
from notary.ops.metrics import Metrics
from notary.ops.reactor import Reactor
from notary.options import VERSION_LINE, Options
from notary.server.service import Service
from notary.settings.address import parse_address
from notary.signing.local import LocalSigner
from notary.signing.service import SigningService
from notary.tuf.keys import ED25519
from notary.web.site import make_site

__all__ = ["Options", "makeService"]

_log = Logger()


def makeService(options: Options) -> IService:  # noqa: N802
    """Return the whole server, ready to be started."""
    from twisted.internet import reactor as chosen  # noqa: PLC0415 -- by twistd

    reactor = cast(Reactor, chosen)
    settings = options.settings
    program = Program(options.observer())
    _log.info(VERSION_LINE, **{UNCONDITIONAL: True})
    metrics = Metrics()
    try:
        storage = open_storage(settings.storage, os.environ, reactor, metrics)
    except BackendError as error:
        raise SystemExit(str(error)) from None
    signer = _signer(storage)
    service = Service(storage.metadata, signer, _now, ED25519)
    site = make_site(service, settings, reactor, metrics.page)
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


def _signer(storage: Storage) -> SigningService:
    _log.info(
        "Using local signing service, which requires ED25519. Ignoring all other"
        " trust_service parameters, including keyAlgorithm"
    )
    return LocalSigner(storage.keys, storage.passphrases, _now)


def _now() -> datetime:
    return datetime.now(UTC)
