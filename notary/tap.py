"""The wiring: what ``twistd notary-server`` consists of, and the only place to see it.

Storage is opened in ``notary.backends``; what both programs have around what they
serve is in ``notary.program``. ``notary.signer_tap`` is the same for the signer.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from attrs import frozen
from twisted.application.service import IService
from twisted.internet.threads import deferToThread
from twisted.logger import Logger
from twisted.web.server import Site

from notary.auth.authenticator import TokenAuthenticator
from notary.auth.checks import REASONS
from notary.auth.refresh import KeyRefresh, token_authenticator
from notary.backends import (
    Close,
    Keys,
    Storage,
    nothing,
    open_storage,
)
from notary.ops.certificate_expiry import CertificateWarnings
from notary.ops.development import commands_to_try
from notary.ops.health import Health, metadata_check, signer_check
from notary.ops.inherited import HTTP
from notary.ops.lifecycle import Closing
from notary.ops.listening import Listener
from notary.ops.metadata_expiry import MetadataExpiryCount
from notary.ops.metrics import Metrics
from notary.ops.reactor import Reactor
from notary.ops.renewing import Renewing
from notary.ops.reserve import Reserve
from notary.ops.watch import Check
from notary.options import ServerOptions as Options
from notary.program import Surroundings, made
from notary.server.aside import Aside
from notary.server.cache import Cache
from notary.server.files import Files, Known
from notary.server.service import Service
from notary.settings import Settings, TrustServiceSettings
from notary.settings.address import parse_address
from notary.signing.local import LocalSigner
from notary.signing.observing import observed
from notary.signing.remote import Renewal, open_remote
from notary.signing.service import SigningService
from notary.tuf.keys import ED25519
from notary.web.refusals import LIMITS, Refusals
from notary.web.site import make_site
from notary.web.status import Status
from notary.workers_tap import supervision

__all__ = ["Options", "makeService"]

_log = Logger()


def makeService(options: Options) -> IService:  # noqa: N802
    """Return the whole server, ready to be started."""
    has_workers = options.workers > 1 and not options.worker
    make = supervision if has_workers else _server
    return made(partial(_with_a_tour, make), options)


def _with_a_tour(
    make: Callable[[Options, Reactor], IService], options: Options, reactor: Reactor
) -> IService:
    """Return what is made; with development, it tells what to try once it listens."""
    if options.development is not None and not options.worker:
        port = parse_address(options.settings.server.http_addr).port
        said = commands_to_try(options.development, port)
        # What is standard output now will be part of the log then.
        tell = partial(print, said, end="", flush=True, file=sys.stdout)
        reactor.callWhenRunning(tell)
    return make(options, reactor)


def _server(options: Options, reactor: Reactor) -> IService:
    """Return the one process that serves, or one of several."""
    settings = options.settings
    around = Surroundings("server", options, reactor)
    metrics = around.metrics
    options.tell_ignored()
    storage = open_storage(settings, options.environ, reactor, metrics)
    signing = _signing(settings.trust_service, storage.keys, reactor, metrics)
    service = _service(settings, storage, signing, metrics, reactor)
    authenticator, refresh = _authentication(options, reactor, metrics)
    health = Health((metadata_check(storage.metadata), *signing.checks), reactor)
    status = _status(health, around, reactor)
    site = make_site(service, settings, reactor, status, authenticator)
    site.request_log = around.request_log
    _watch_certificates(options, metrics)
    metrics.watch_key_sets(lambda: refresh.failing)
    metrics.watch_log(lambda: around.request_log.failed)
    rereading = {
        "authentication": refresh.reload,
        "signer": signing.reload,
        "TLS": options.tls.reload if options.tls else _nothing_to_read,
    }
    parts = (
        refresh,
        Closing(storage.close),
        Closing(signing.close),
        *_background(options, service, metrics, reactor),
    )
    listener = _listener(options, reactor, site, around)
    return around.program(health, status, rereading, parts, [listener])


def _status(health: Health, around: Surroundings, reactor: Reactor) -> Status:
    metrics = around.metrics
    refusals = Refusals(metrics.count_refusals(LIMITS), reactor.seconds)
    return Status(health, metrics.page, metrics.requests(), around.whole_page, refusals)


def _listener(
    options: Options, reactor: Reactor, site: Site, around: Surroundings
) -> Listener:
    return Listener(
        reactor,
        options.settings.server.http_addr,
        site,
        options.tls,
        around.sockets.get(HTTP),
        share=around.share,
    )


def _background(
    options: Options, service: Service, metrics: Metrics, reactor: Reactor
) -> list[Renewing | MetadataExpiryCount | CertificateWarnings]:
    """Return what is done without a request: by each process, and by one for all."""
    reserve = Reserve(service.renewals.backlog, _now)
    metrics.signing.watch_reserve(reserve.waiting, reserve.seconds)
    renewal = options.settings.renewal
    renewing = Renewing(service, reactor, renewal.per_minute, reserve)
    if not options.is_first:
        return [renewing]
    walk = MetadataExpiryCount(
        service.store,
        reactor,
        _now,
        metrics.show_expiring(),
        after_percent=renewal.after_percent,
        reserve=reserve,
    )
    return [renewing, walk, CertificateWarnings(reactor, metrics.certificates.days)]


def _authentication(
    options: Options, reactor: Reactor, metrics: Metrics
) -> tuple[TokenAuthenticator | None, KeyRefresh]:
    return token_authenticator(
        options.settings.auth.token,
        options.sources,
        reactor,
        _now,
        metrics.count_token_failures(REASONS),
    )


def _service(
    settings: Settings,
    storage: Storage,
    signing: "_Signing",
    metrics: Metrics,
    reactor: Reactor,
) -> Service:
    is_local = storage.keys is not None
    algorithm = ED25519 if is_local else settings.trust_service.key_algorithm
    cache: Cache[Known] = Cache(settings.caching.memory_bytes)
    metrics.watch_files(lambda: cache.counts)
    files = Files(storage.metadata, reactor, cache)
    renewing = metrics.signing.count_renewals()
    return Service(
        storage.metadata,
        signing.service,
        _now,
        algorithm,
        files,
        renewing,
        settings.renewal.after_percent,
        Aside(deferToThread),
    )


def _watch_certificates(options: Options, metrics: Metrics) -> None:
    tls, sources = options.tls, options.sources
    if tls is not None:
        _log.info("Enabling TLS")
        metrics.watch_identity(lambda: tls.identity)
    metrics.watch_certificates(
        "token_bundle",
        lambda: [each for source in sources for each in source.current().certificates],
    )


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
