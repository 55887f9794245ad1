"""The wiring of the signer: what ``twistd notary-signer`` consists of.

The key store is opened in ``notary.backends``; ``notary.tap`` is the same for
``twistd notary-server``.
"""

import os
from datetime import UTC, datetime
from typing import cast

from twisted.application.service import IService, Service
from twisted.logger import Logger

from notary.backends import BackendError, Keys, open_keys
from notary.ops.lifecycle import Closing, Program, StopSignals
from notary.ops.listening import Listener
from notary.ops.logs import UNCONDITIONAL
from notary.ops.metrics import Metrics
from notary.ops.reactor import Reactor
from notary.ops.reload import ReloadSignal
from notary.options import VERSION_LINE
from notary.options import SignerOptions as Options
from notary.settings import SignerSettings
from notary.signer.api import make_signer_site
from notary.signer.rpc_server import GRPCListener
from notary.signing.local import LocalSigner
from notary.signing.passphrase import startup_warning

__all__ = ["Options", "makeService"]

_log = Logger()

# No key has this id: asking for it tells whether the key store answers at all.
_NO_KEY = "0" * 64


def makeService(options: Options) -> IService:  # noqa: N802
    """Return the whole signer, ready to be started."""
    from twisted.internet import reactor as chosen  # noqa: PLC0415 -- by twistd

    reactor = cast(Reactor, chosen)
    settings = options.settings
    program = Program(options.observer(settings.logging.level))
    _log.info(VERSION_LINE, **{UNCONDITIONAL: True})
    try:
        keys, close = open_keys(settings, os.environ, reactor, Metrics())
    except BackendError as error:
        raise SystemExit(str(error)) from None
    _warn(settings, keys)
    signer = LocalSigner(keys.store, keys.passphrases, _now)

    async def check_store() -> None:
        await keys.store.by_id(_NO_KEY)

    parts: list[Service] = [
        StopSignals(reactor),
        ReloadSignal(reactor, {}),
        Closing(close),
    ]
    server = settings.server
    if server.grpc_addr:
        parts.append(GRPCListener(reactor, server.grpc_addr, signer, options.rpc_tls))
    if server.http_addr:
        site = make_signer_site(
            signer,
            check_store,
            settings.limits,
            reactor,
            require_client_certificate=server.client_ca_file is not None,
        )
        parts.append(Listener(reactor, server.http_addr, site, options.tls))
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
