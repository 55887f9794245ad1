"""The wiring of the signer: what ``twistd notary-signer`` consists of.

The key store is opened in ``notary.backends``; ``notary.tap`` is the same for
``twistd notary-server``.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import cast

from twisted.application.service import IService, Service
from twisted.logger import Logger

from notary import __version__
from notary.backends import BackendError, Keys, open_keys
from notary.debug.server import DebugServer
from notary.ops.error_reports import OUTCOMES, ErrorReports
from notary.ops.health import Health, keys_check
from notary.ops.inherited import HTTP, OPS, inherit, variables_at_start
from notary.ops.lifecycle import Closing, Program, StopSignals
from notary.ops.listening import Listener
from notary.ops.logs import UNCONDITIONAL
from notary.ops.metrics import Metrics
from notary.ops.reactor import Reactor
from notary.ops.reload import ReloadSignal
from notary.ops.systemd import Supervisor, SystemdError
from notary.ops.verbosity import Verbosity
from notary.options import VERSION_LINE
from notary.options import SignerOptions as Options
from notary.settings import SignerSettings
from notary.signer.api import make_signer_site
from notary.signer.rpc_server import GRPCListener
from notary.signing.local import LocalSigner
from notary.signing.observing import observed
from notary.signing.passphrase import startup_warning
from notary.web.site import make_status_site
from notary.web.status import Status

__all__ = ["Options", "makeService"]

_log = Logger()


def makeService(options: Options) -> IService:  # noqa: N802
    """Return the whole signer, ready to be started."""
    from twisted.internet import reactor as chosen  # noqa: PLC0415 -- by twistd

    reactor = cast(Reactor, chosen)
    settings = options.settings
    observer = options.observer(settings.logging.level)
    program, verbosity = Program(observer), Verbosity(reactor, observer)
    _log.info(VERSION_LINE, **{UNCONDITIONAL: True})
    metrics = Metrics()
    metrics.show_build("notary-signer", __version__)
    metrics.watch_identity(lambda: options.rpc_tls.identity)
    try:
        server = settings.server
        addresses = {HTTP: server.http_addr, OPS: server.ops_addr}
        sockets = inherit(variables_at_start(), addresses)
        supervisor = Supervisor(reactor, options.environ)
        keys, close = open_keys(settings, options.environ, reactor, metrics)
    except (BackendError, SystemdError) as error:
        raise SystemExit(str(error)) from None
    _warn(settings, keys)
    measured = metrics.signing
    signer = LocalSigner(
        keys.store, keys.passphrases, _now, created=measured.count_created_keys()
    )
    check = keys_check(keys.store)
    health = Health([check], reactor)
    metrics.watch_services(health.up)
    actions: dict[str, Callable[[], str]] = {
        "TLS": options.reload_tls,
        "logging.level": partial(options.reload_level, verbosity.set),
    }
    count = metrics.count_error_reports(OUTCOMES)
    parts: list[Service] = [
        ErrorReports(settings.reporting, "notary-signer", reactor, count),
        StopSignals(
            reactor, (health.drain, supervisor.stopping), server.drain_delay_seconds
        ),
        ReloadSignal(reactor, actions, supervisor),
        verbosity,
        Closing(close),
        health,
    ]
    status = Status(health, metrics.page)
    if options["debug"]:
        parts.insert(0, DebugServer(reactor, status))
    if server.ops_addr:
        apart = make_status_site("signer", status, settings.limits, reactor)
        parts.append(Listener(reactor, server.ops_addr, apart, None, sockets.get(OPS)))
    if server.grpc_addr:
        by_grpc = observed(signer, measured.time_calls("grpc"))
        parts.append(GRPCListener(reactor, server.grpc_addr, by_grpc, options.rpc_tls))
    if server.http_addr:
        site = make_signer_site(
            observed(signer, measured.time_calls("https")),
            check.ask,
            settings.limits,
            reactor,
            require_client_certificate=server.client_ca_file is not None,
        )
        inherited = sockets.get(HTTP)
        parts.append(Listener(reactor, server.http_addr, site, options.tls, inherited))
    parts.append(supervisor)
    for part in parts:
        part.setServiceParent(program)
    return program


def _warn(settings: SignerSettings, keys: Keys) -> None:
    if settings.server.client_ca_file is None:
        _log.warn(
            "server.client_ca_file is not set: WHOEVER REACHES THIS SIGNER CAN USE"
            " ALL OF ITS KEYS. Set it to the CA of the servers' client certificates"
        )
    warning = startup_warning(keys.passphrases)
    if warning is not None:
        _log.warn("{warning}", warning=warning)


def _now() -> datetime:
    return datetime.now(UTC)
