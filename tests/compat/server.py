"""A real server on a loopback port for replays: its clock shows the recorded time."""

import http.client
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

from attrs import define, field, frozen

from notary.auth.access import Authenticator
from notary.ops.health import Health
from notary.server.service import Service
from notary.settings.model import (
    ServerSettings,
    Settings,
    StorageSettings,
    TrustServiceSettings,
)
from notary.signing.keystore import KeyStore, MemoryKeyStore
from notary.signing.local import LocalSigner
from notary.signing.service import SigningService
from notary.storage.memory import MemoryStore
from notary.storage.store import MetadataStore
from notary.web.channel import LimitedChannel
from notary.web.site import make_site
from notary.web.status import Status
from tests.reading import new_files
from tests.recorded import Exchange
from tests.recorded_keys import PASSPHRASES, recorded_keys

SETTINGS = Settings(
    ServerSettings("127.0.0.1:0"),
    TrustServiceSettings("local"),
    StorageSettings("memory"),
)
_UNSENT = ("host", "connection", "accept-encoding", "content-length")


@define
class RecordedClock:
    """Shows the time at which the exchange at hand was recorded."""

    time: datetime = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@frozen
class Reply:
    """What the server answered; header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)


@frozen
class ReplayServer:
    """A running server, and the clock it goes by."""

    port: int
    clock: RecordedClock
    service: Service = field(repr=False)

    def send(self, exchange: Exchange) -> Reply:
        """Repeat a recorded request at its time, on a connection of its own."""
        if exchange.when is not None:
            self.clock.time = exchange.when
        sent = dict(exchange.request_headers)
        names = {name.lower() for name in sent}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        has_host = "host" in names and not sent.get("Host")
        connection.putrequest(
            exchange.method,
            exchange.url,
            skip_host=has_host,
            skip_accept_encoding=True,
        )
        for name, value in sent.items():
            if name.lower() not in _UNSENT or (has_host and name == "Host"):
                connection.putheader(name, value)
        body = exchange.request_body
        if body is not None and "transfer-encoding" not in names:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        with closing(connection):
            answer = connection.getresponse()
            content = answer.read()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, headers, content)


@frozen
class ReplayStorage:
    """Where a replay server keeps its metadata and its keys, both empty."""

    metadata: MetadataStore
    keys: KeyStore


@contextmanager
def replay_server(
    run: Any,
    reactor: Any,
    storage: ReplayStorage | None = None,
    *,
    settings: Settings = SETTINGS,
    key_algorithm: str = "ecdsa",
    authenticator: Callable[[RecordedClock], Authenticator] | None = None,
    signer: SigningService | None = None,
    has_short_path: bool = True,
) -> Iterator[ReplayServer]:
    """Run an empty server, by default with the recorded signer's keys."""
    storage = storage or ReplayStorage(MemoryStore(), MemoryKeyStore())
    clock = RecordedClock()
    signer = signer or LocalSigner(storage.keys, PASSPHRASES, clock)
    files = new_files(storage.metadata)
    service = Service(storage.metadata, signer, clock, key_algorithm, files)

    known = authenticator and authenticator(clock)
    status = Status(Health((), reactor), bytes)
    site = make_site(service, settings, reactor, status, authenticator=known)
    if not has_short_path:
        site.protocol = LimitedChannel
    with _listening(run, reactor, site, storage.keys, clock) as port:
        yield ReplayServer(port, clock, service)


@contextmanager
def _listening(
    run: Any, reactor: Any, site: Any, keys: KeyStore, clock: RecordedClock
) -> Iterator[int]:
    """Serve the site, once the recorded keys are there; return the port."""

    async def start() -> Any:
        for row in recorded_keys():
            await keys.insert(row, clock())
        return reactor.listenTCP(0, site, interface="127.0.0.1")

    async def stop() -> None:
        await port.stopListening()

    port = run(start())
    try:
        yield port.getHost().port
    finally:
        run(stop())
