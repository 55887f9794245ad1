"""The wiring of the signer: what ``twistd notary-signer`` consists of.

The key store is opened in ``notary.backends``; ``notary.tap`` is the same for
``twistd notary-server``.
"""

from datetime import UTC, datetime

from twisted.application.service import IService, Service
from twisted.logger import Logger

from notary.backends import Keys, open_keys
from notary.ops.certificate_expiry import CertificateWarnings
from notary.ops.descriptors import connections_at_most
from notary.ops.health import Health, keys_check
from notary.ops.inherited import HTTP
from notary.ops.lifecycle import Closing
from notary.ops.listening import Listener
from notary.ops.reactor import Reactor
from notary.ops.watch import Check
from notary.program import Surroundings, made
from notary.settings import SignerSettings
from notary.signer.api import make_signer_site
from notary.signer.rpc_server import GRPCListener
from notary.signer_options import SignerOptions as Options
from notary.signing.local import LocalSigner
from notary.signing.observing import observed
from notary.signing.passphrase import startup_warning
from notary.signing.service import SigningService
from notary.web.refusals import LIMITS, Refusals
from notary.web.site import APISite
from notary.web.status import Status

__all__ = ["Options", "makeService"]

_log = Logger()


def makeService(options: Options) -> IService:  # noqa: N802
    """Return the whole signer, ready to be started."""
    return made(_signer, options)


def _signer(options: Options, reactor: Reactor) -> IService:
    settings = options.settings
    around = Surroundings("signer", options, reactor)
    metrics = around.metrics
    options.tell_ignored()
    keys, close = open_keys(settings, options.environ, reactor, metrics)
    _warn(settings, keys)
    created = metrics.signing.count_created_keys()
    signer = LocalSigner(keys.store, keys.passphrases, _now, created=created)
    check = keys_check(keys.store)
    health = Health([check], reactor)
    metrics.watch_identity(lambda: options.rpc_tls.identity)
    metrics.watch_log(lambda: around.request_log.failed)
    refusals = Refusals(metrics.count_refusals(LIMITS), reactor.seconds)
    status = Status(health, metrics.page, refusals=refusals)
    rereading = {"TLS": options.reload_tls}
    listeners: list[Service] = []
    if settings.server.grpc_addr:
        by_grpc = observed(signer, metrics.signing.time_calls("grpc"))
        listeners.append(_grpc(options, reactor, by_grpc))
    if settings.server.http_addr:
        by_https = observed(signer, metrics.signing.time_calls("https"))
        site = _site(options, reactor, by_https, check, refusals)
        site.request_log = around.request_log
        listeners.append(_https(options, reactor, site, around))
    parts = (
        Closing(close),
        CertificateWarnings(reactor, metrics.certificates.days),
    )
    return around.program(health, status, rereading, parts, listeners)


def _grpc(options: Options, reactor: Reactor, signer: SigningService) -> GRPCListener:
    settings, tls = options.settings, options.rpc_tls
    most = connections_at_most(settings.limits.connections)
    return GRPCListener(
        reactor, settings.server.grpc_addr, signer, tls, connections=most
    )


def _site(
    options: Options,
    reactor: Reactor,
    signer: SigningService,
    check: Check,
    refusals: Refusals,
) -> APISite:
    settings = options.settings
    return make_signer_site(
        signer,
        check.ask,
        settings.limits,
        reactor,
        require_client_certificate=settings.server.client_ca_file is not None,
        refusals=refusals,
    )


def _https(
    options: Options, reactor: Reactor, site: APISite, around: Surroundings
) -> Listener:
    address, inherited = options.settings.server.http_addr, around.sockets.get(HTTP)
    return Listener(reactor, address, site, options.tls, inherited)


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
