"""The wiring: what ``twistd notary-server`` consists of, and the only place to see it.

Storage is opened in ``notary.backends``; what both programs have around what they
serve is in ``notary.program``. ``notary.signer_tap`` is the same for the signer.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from attrs import frozen
from twisted.application.service import IService
from twisted.logger import Logger

from notary.auth.authenticator import TokenAuthenticator
from notary.auth.checks import REASONS
from notary.auth.refresh import KeyRefresh, token_authenticator
from notary.backends import (
    BackendError,
    Close,
    Keys,
    Storage,
    nothing,
    open_storage,
)
from notary.ops.development import commands_to_try
from notary.ops.health import Health, metadata_check, signer_check
from notary.ops.lifecycle import Closing
from notary.ops.listening import Listener
from notary.ops.metadata_expiry import MetadataExpiryCount
from notary.ops.metrics import Metrics
from notary.ops.reactor import Reactor
from notary.ops.systemd import SystemdError
from notary.ops.watch import Check
from notary.options import ServerOptions as Options
from notary.program import Surroundings
from notary.server.service import Service
from notary.settings import SettingsError, TrustServiceSettings
from notary.settings.address import parse_address
from notary.signing.local import LocalSigner
from notary.signing.observing import observed
from notary.signing.remote import Renewal, open_remote
from notary.signing.service import SigningService
from notary.tuf.keys import ED25519
from notary.web.site import make_site
from notary.web.status import Status

__all__ = ["Options", "makeService"]

_log = Logger()


def makeService(options: Options) -> IService:  # noqa: N802
    """Return the whole server, ready to be started."""
    from twisted.internet import reactor as chosen  # noqa: PLC0415 -- by twistd

    reactor = cast(Reactor, chosen)
    settings = options.settings
    try:
        around = Surroundings("server", options, reactor)
        metrics, socket = around.metrics, around.http_socket
        storage = open_storage(settings, options.environ, reactor, metrics)
        signing = _signing(settings.trust_service, storage.keys, reactor, metrics)
    except (BackendError, SettingsError, SystemdError) as error:
        raise SystemExit(str(error)) from None
    health = Health((metadata_check(storage.metadata), *signing.checks), reactor)
    status = Status(health, metrics.page, metrics.requests())
    authenticator, refresh = _authentication(options, reactor, metrics)
    service = _service(settings.trust_service, storage, signing, metrics)
    site = make_site(service, settings, reactor, status, authenticator)
    _watch_certificates(options, metrics)
    _tell_what_to_try(options)
    rereading = {
        "authentication": refresh.reload,
        "signer": signing.reload,
        "TLS": options.tls.reload if options.tls else _nothing_to_read,
    }
    parts = (
        refresh,
        Closing(storage.close),
        MetadataExpiryCount(storage.metadata, reactor, _now, metrics.show_expiring()),
        Closing(signing.close),
    )
    address = settings.server.http_addr
    listeners = [Listener(reactor, address, site, options.tls, socket)]
    return around.program(health, status, rereading, parts, listeners)


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
    trust: TrustServiceSettings, storage: Storage, signing: "_Signing", metrics: Metrics
) -> Service:
    algorithm = ED25519 if storage.keys is not None else trust.key_algorithm
    renewing = metrics.signing.count_renewals()
    return Service(storage.metadata, signing.service, _now, algorithm, renewing)


def _watch_certificates(options: Options, metrics: Metrics) -> None:
    tls, sources = options.tls, options.sources
    if tls is not None:
        _log.info("Enabling TLS")
        metrics.watch_identity(lambda: tls.identity)
    metrics.watch_certificates(
        "token_bundle",
        lambda: [each for source in sources for each in source.current().certificates],
    )


def _tell_what_to_try(options: Options) -> None:
    if options.development is not None:
        port = parse_address(options.settings.server.http_addr).port
        sys.stdout.write(commands_to_try(options.development, port))


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
