"""A server in memory behind a real site on a loopback port."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from twisted.internet.threads import blockingCallFromThread

from notary.auth.access import Authenticator
from notary.auth.keyset import KeySet
from notary.ops import health
from notary.ops.prompt import make_prompt
from notary.ops.tls import ServerTLS, TLSFactory
from notary.server import online_keys
from notary.server.service import Service
from notary.settings.model import Settings
from notary.signing.keystore import MemoryKeyStore
from notary.signing.local import LocalSigner
from notary.signing.passphrase import Passphrases
from notary.storage.memory import MemoryStore
from notary.web.observing import UNOBSERVED, Observer
from notary.web.site import make_site
from notary.web.status import Health, Status
from tests.auth.minting import AUTHORITY, Gate, certificate, new_key
from tests.publisher import NOW, Publisher
from tests.reading import new_files
from tests.web.serving import GUN, Client, settings


def new_service(store: Any = None, signer: Any = None) -> Service:
    """Return an empty server with a clock that stands still."""
    local = LocalSigner(
        MemoryKeyStore(), Passphrases("t", {"t": "secret"}), lambda: NOW
    )
    store = store or MemoryStore()
    files = new_files(store)
    return Service(store, signer or local, lambda: NOW, "ed25519", files)


@contextmanager
def listening(reactor, site, tls=None):
    """Serve a site until the end of a ``with`` block, which gets a client.

    ``tls`` is what both sides of a connection start from, if with TLS. If it is given,
    an answer may arrive before anything is noted of it, as in the real program.
    """
    ours, theirs = tls or (None, None)
    factory = TLSFactory(ours, site) if ours else site
    port = blockingCallFromThread(
        reactor, reactor.listenTCP, 0, factory, interface="127.0.0.1"
    )
    if tls:
        make_prompt(port)
    try:
        yield Client(port.getHost().port, theirs)
    finally:
        blockingCallFromThread(reactor, port.stopListening)


@pytest.fixture(scope="session")
def serving(reactor_thread) -> Callable[..., Any]:
    """Serve until the end of a ``with`` block, which gets a client."""

    @contextmanager
    def serve(
        service: Service | None = None,
        configured: Settings | None = None,
        authenticator: Authenticator | None = None,
        known: Health | None = None,
        *,
        observer: Observer = UNOBSERVED,
        tls: tuple[ServerTLS | None, ssl.SSLContext | None] | None = None,
    ) -> Iterator[Client]:
        site = make_site(
            service or new_service(),
            configured or settings(),
            reactor_thread,
            Status(known or health.Health((), reactor_thread), bytes, observer),
            authenticator,
        )
        with listening(reactor_thread, site, tls) as client:
            yield client

    return serve


@pytest.fixture
def service() -> Service:
    return new_service()


@pytest.fixture
def client(serving, service) -> Iterator[Client]:
    with serving(service) as found:
        yield found


async def _server_keys(service):
    names = ("timestamp", "snapshot")
    return [await online_keys.get_key(service, GUN, name) for name in names]


@pytest.fixture
def owner(service, run):
    timestamp_key, snapshot_key = run(_server_keys(service))
    return Publisher(GUN, timestamp_key, snapshot_key)


@pytest.fixture
def published(client, owner):
    files = owner.first_publish()
    got = client.upload(GUN, files)
    assert (got.status, got.body) == (200, b"")
    return files


@pytest.fixture
def issuer():
    """The key of the only issuer of tokens."""
    return new_key()


@pytest.fixture
def gate(issuer):
    return Gate(KeySet.of([certificate("root", issuer, None, AUTHORITY)]))
