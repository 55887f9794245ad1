"""Fixtures: signers of ours on loopback, and remote signers that are closed."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from attrs import evolve, frozen

from notary.ops.tls import TLSFactory, server_tls
from notary.settings.model import LimitsSettings, SignerServerSettings
from notary.signer.api import make_signer_site
from notary.signer.rpc_server import GRPCListener
from notary.signer.rpc_tls import rpc_tls
from notary.signing.keystore import MemoryKeyStore
from notary.signing.local import LocalSigner
from notary.signing.passphrase import ephemeral
from notary.signing.remote import open_remote
from notary.signing.remote_signer import RemoteSigner
from tests.certificates import Authority, Pair
from tests.running import free_port

LOOPBACK = "127.0.0.1"
PROTOCOLS = pytest.mark.parametrize("protocol", ["grpc", "https"])


@pytest.fixture(scope="module")
def another_authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("another"))


@pytest.fixture(scope="module")
def server_pair(authority) -> Pair:
    return authority.issue("signer")


@pytest.fixture
def remote(run, reactor_thread, trust) -> Any:
    """Open the signer on a port, with settings changed; close it at the end."""
    opened: list[RemoteSigner] = []

    def open_it(port: int, **changes: Any) -> RemoteSigner:
        settings = evolve(trust, port=str(port), **changes)
        opened.append(open_remote(settings, reactor_thread))
        return opened[-1]

    yield open_it
    for signer in opened:
        run(signer.close())


@pytest.fixture
def local(now) -> LocalSigner:
    """A signer whose keys are in memory."""
    return LocalSigner(MemoryKeyStore(), ephemeral(), now)


@frozen
class Served:
    """A signing service on a port, until it is stopped."""

    port: int
    stop: Callable[[], Coroutine[Any, Any, None]]


@pytest.fixture
def serve(run, reactor_thread, authority, server_pair) -> Any:
    """Serve a signing service by one of the protocols, at the same port if given."""
    served: list[Served] = []

    async def start(signer, protocol, port, pair, interface):
        files = SignerServerSettings(
            tls_cert_file=pair.certificate,
            tls_key_file=pair.key,
            client_ca_file=authority.certificate,
        )
        begin = {"grpc": _grpc, "https": _https}[protocol]
        stop = await begin(reactor_thread, signer, files, interface, port)
        served.append(Served(port, stop))
        return served[-1]

    yield lambda signer, protocol, port=None, pair=server_pair, interface=LOOPBACK: run(
        start(signer, protocol, port or free_port(), pair, interface)
    )
    for each in served:
        run(each.stop())


async def _grpc(reactor, signer, files, interface, port):
    tls = rpc_tls(files.tls_cert_file, files.tls_key_file, files.client_ca_file)
    listener = GRPCListener(reactor, f"{interface}:{port}", signer, tls)
    listener.privilegedStartService()
    listener.startService()

    async def stop():
        if listener.running:
            await listener.stopService()

    return stop


async def _https(reactor, signer, files, interface, port):
    async def healthy():
        return None

    site = make_signer_site(signer, healthy, LimitsSettings(), reactor, True)
    connections = []
    build = site.buildProtocol

    def remembered(address):
        connections.append(build(address))
        return connections[-1]

    site.buildProtocol = remembered
    tls = TLSFactory(server_tls(files, any_purpose=True), site)
    listening = reactor.listenTCP(port, tls, interface=interface)

    async def stop():
        if listening.connected:
            await listening.stopListening()
        for connection in connections:
            if connection.transport is not None and connection.transport.connected:
                connection.transport.abortConnection()

    return stop
