"""The wiring: what ``twistd notary-server`` consists of, and the only place to see it.

Storage is opened in ``notary.backends``; ``notary.signer_tap`` is the same for
``twistd notary-signer``.
"""

import os
import sys
from datetime import UTC, datetime
from typing import cast

from twisted.application.service import IService
from twisted.logger import Logger

from notary.auth.checks import REASONS
from notary.auth.refresh import token_authenticator
from notary.backends import BackendError, Close, Keys, nothing, open_storage
from notary.ops.development import commands_to_try
from notary.ops.lifecycle import Closing, Program, StopSignals
from notary.ops.listening import Listener
from notary.ops.logs import UNCONDITIONAL
from notary.ops.metrics import Metrics
from notary.ops.reactor import Reactor
from notary.ops.reload import ReloadSignal
from notary.options import VERSION_LINE
from notary.options import ServerOptions as Options
from notary.server.service import Service
from notary.settings import SettingsError, TrustServiceSettings
from notary.settings.address import parse_address
from notary.signing.local import LocalSigner
from notary.signing.remote import open_remote
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
    program = Program(options.observer(settings.logging.level))
    _log.info(VERSION_LINE, **{UNCONDITIONAL: True})
    metrics = Metrics()
    try:
        storage = open_storage(settings, os.environ, reactor, metrics)
        signer, close_signer = _signer(settings.trust_service, storage.keys, reactor)
    except (BackendError, SettingsError) as error:
        raise SystemExit(str(error)) from None
    local = storage.keys is not None
    algorithm = ED25519 if local else settings.trust_service.key_algorithm
    service = Service(storage.metadata, signer, _now, algorithm)
    authenticator, refresh = token_authenticator(
        settings.auth.token,
        options.sources,
        reactor,
        _now,
        metrics.count_token_failures(REASONS),
    )
    site = make_site(service, settings, reactor, metrics.page, authenticator)
    if options.tls:
        _log.info("Enabling TLS")
    parts = (
        StopSignals(reactor),
        ReloadSignal(reactor, {"authentication": refresh.reload}),
        refresh,
        Closing(storage.close),
        Closing(close_signer),
        Listener(reactor, settings.server.http_addr, site, options.tls),
    )
    for part in parts:
        part.setServiceParent(program)  # type: ignore[no-untyped-call]
    if options.development is not None:
        port = parse_address(settings.server.http_addr).port
        sys.stdout.write(commands_to_try(options.development, port))
    return program


def _signer(
    trust: TrustServiceSettings, keys: Keys | None, reactor: Reactor
) -> tuple[SigningService, Close]:
    if keys is not None:
        _log.info(
            "Using local signing service, which requires ED25519. Ignoring all other"
            " trust_service parameters, including keyAlgorithm"
        )
        return LocalSigner(keys.store, keys.passphrases, _now), nothing
    _log.info("Using remote signing service")
    remote = open_remote(trust, reactor)
    for warning in remote.warnings:
        _log.warn("{warning}", warning=warning)
    return remote, remote.close


def _now() -> datetime:
    return datetime.now(UTC)
