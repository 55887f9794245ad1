"""The wiring: what ``twistd notary-server`` consists of, and the only place to see it.

Storage is opened in ``notary.backends``; ``notary.signer_tap`` is the same for
``twistd notary-signer``.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import cast

from attrs import frozen
from twisted.application.service import IService
from twisted.logger import Logger

from notary import __version__
from notary.auth.checks import REASONS
from notary.auth.refresh import token_authenticator
from notary.backends import BackendError, Close, Keys, nothing, open_storage
from notary.debug.server import DebugServer
from notary.ops.development import commands_to_try
from notary.ops.error_reports import OUTCOMES, ErrorReports
from notary.ops.health import Health, metadata_check, signer_check
from notary.ops.inherited import HTTP, OPS, inherit, variables_at_start
from notary.ops.lifecycle import Closing, Program, StopSignals
from notary.ops.listening import Listener
from notary.ops.logs import UNCONDITIONAL
from notary.ops.metadata_expiry import MetadataExpiryCount
from notary.ops.metrics import Metrics
from notary.ops.reactor import Reactor
from notary.ops.reload import ReloadSignal
from notary.ops.systemd import Supervisor, SystemdError
from notary.ops.verbosity import Verbosity
from notary.ops.watch import Check
from notary.options import VERSION_LINE
from notary.options import ServerOptions as Options
from notary.server.service import Service
from notary.settings import SettingsError, TrustServiceSettings
from notary.settings.address import parse_address
from notary.signing.local import LocalSigner
from notary.signing.observing import observed
from notary.signing.remote import Renewal, open_remote
from notary.signing.service import SigningService
from notary.tuf.keys import ED25519
from notary.web.site import make_site, make_status_site
from notary.web.status import Status

__all__ = ["Options", "makeService"]

_log = Logger()


def makeService(options: Options) -> IService:  # noqa: N802
    """Return the whole server, ready to be started."""
    from twisted.internet import reactor as chosen  # noqa: PLC0415 -- by twistd

    reactor = cast(Reactor, chosen)
    settings = options.settings
    observer = options.observer(settings.logging.level)
    program, verbosity = Program(observer), Verbosity(reactor, observer)
    _log.info(VERSION_LINE, **{UNCONDITIONAL: True})
    metrics = _metrics(options)
    try:
        server = settings.server
        addresses = {HTTP: server.http_addr, OPS: server.ops_addr}
        sockets = inherit(variables_at_start(), addresses)
        supervisor = Supervisor(reactor, options.environ)
        storage = open_storage(settings, options.environ, reactor, metrics)
        signing = _signing(settings.trust_service, storage.keys, reactor, metrics)
    except (BackendError, SettingsError, SystemdError) as error:
        raise SystemExit(str(error)) from None
    local = storage.keys is not None
    algorithm = ED25519 if local else settings.trust_service.key_algorithm
    renewing = metrics.signing.count_renewals()
    service = Service(storage.metadata, signing.service, _now, algorithm, renewing)
    health = Health((metadata_check(storage.metadata), *signing.checks), reactor)
    metrics.watch_services(health.up)
    status = Status(health, metrics.page, metrics.requests())
    authenticator, refresh = token_authenticator(
        settings.auth.token,
        options.sources,
        reactor,
        _now,
        metrics.count_token_failures(REASONS),
    )
    site = make_site(service, settings, reactor, status, authenticator)
    if options.tls:
        _log.info("Enabling TLS")
    actions: dict[str, Callable[[], str]] = {
        "authentication": refresh.reload,
        "signer": signing.reload,
        "TLS": options.tls.reload if options.tls else _nothing_to_read,
        "logging.level": partial(options.reload_level, verbosity.set),
    }
    count = metrics.count_error_reports(OUTCOMES)
    parts = [
        ErrorReports(settings.reporting, "notary-server", reactor, count),
        StopSignals(
            reactor, (health.drain, supervisor.stopping), server.drain_delay_seconds
        ),
        ReloadSignal(reactor, actions, supervisor),
        verbosity,
        refresh,
        Closing(storage.close),
        MetadataExpiryCount(storage.metadata, reactor, _now, metrics.show_expiring()),
        Closing(signing.close),
        health,
    ]
    if options["debug"]:
        parts.insert(0, DebugServer(reactor, status))
    if server.ops_addr:
        apart = make_status_site("server", status, settings.limits, reactor)
        parts.append(Listener(reactor, server.ops_addr, apart, None, sockets.get(OPS)))
    inherited = sockets.get(HTTP)
    parts.append(Listener(reactor, server.http_addr, site, options.tls, inherited))
    parts.append(supervisor)
    for part in parts:
        part.setServiceParent(program)
    if options.development is not None:
        port = parse_address(server.http_addr).port
        sys.stdout.write(commands_to_try(options.development, port))
    return program


def _metrics(options: Options) -> Metrics:
    metrics = Metrics()
    metrics.show_build("notary-server", __version__)
    if options.tls is not None:
        tls = options.tls
        metrics.watch_identity(lambda: tls.identity)
    metrics.watch_certificates(
        "token_bundle",
        lambda: [
            each for source in options.sources for each in source.current().certificates
        ],
    )
    return metrics


def _nothing_to_read() -> str:
    return "there is nothing to read"


@frozen
class _Signing:
    """Who signs, how to let go of that, and what to ask about it now and then."""

    service: SigningService
    close: Close = nothing
    checks: tuple[Check, ...] = ()
    reload: Callable[[], str] = _nothing_to_read


def _signing(
    trust: TrustServiceSettings, keys: Keys | None, reactor: Reactor, metrics: Metrics
) -> _Signing:
    if keys is not None:
        _log.info(
            "Using local signing service, which requires ED25519. Ignoring all other"
            " trust_service parameters, including keyAlgorithm"
        )
        created = metrics.signing.count_created_keys()
        local = LocalSigner(keys.store, keys.passphrases, _now, created=created)
        return _Signing(observed(local, metrics.signing.time_calls("local")))
    _log.info("Using remote signing service")
    remote = open_remote(trust, reactor)
    for warning in remote.warnings:
        _log.warn("{warning}", warning=warning)
    checks, renewal = (signer_check(remote.check),), Renewal(trust, remote)
    metrics.watch_certificates("client", lambda: renewal.tls.chain)
    metrics.watch_certificates("signer_ca", lambda: renewal.tls.authorities)
    service = observed(remote, metrics.signing.time_calls(trust.protocol))
    return _Signing(service, remote.close, checks, renewal)


def _now() -> datetime:
    return datetime.now(UTC)
