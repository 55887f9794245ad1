"""Fixtures: a gRPC server of ours on loopback, and clients with certificates."""

import time

import pytest
from attrs import frozen
from twisted.logger import globalLogPublisher

from notary.ops.logs import fields_of
from notary.signer.rpc_server import GRPCListener
from notary.signer.rpc_tls import rpc_tls
from notary.signing.keystore import MemoryKeyStore
from notary.signing.local import LocalSigner
from notary.signing.passphrase import ephemeral
from tests.running import free_port
from tests.signer.calls import Client
from tests.signer.doubles import Held
from tests.signing.conftest import now

__all__ = ["now"]


@pytest.fixture(scope="module")
def server_pair(authority):
    return authority.issue("our-signer")


@pytest.fixture(scope="module")
def client_pair(authority):
    return authority.issue("our-server")


@pytest.fixture
def signer(now):
    return LocalSigner(MemoryKeyStore(), ephemeral(), now)


@frozen
class Served:
    """A running server."""

    port: int
    listener: GRPCListener


@pytest.fixture
def serve(run, reactor_thread, authority, server_pair):
    """Serve a signing service; without a client CA, anybody may call."""
    running = []

    def start(signer, *, client_ca=authority.certificate, **limits):
        port = free_port()
        tls = rpc_tls(server_pair.certificate, server_pair.key, client_ca)
        listener = GRPCListener(
            reactor_thread, f"127.0.0.1:{port}", signer, tls, **limits
        )
        running.append(listener)

        async def begin():
            listener.privilegedStartService()
            listener.startService()

        run(begin())
        return Served(port, listener)

    yield start
    for listener in running:
        run(_stopped(listener))


async def _stopped(listener):
    await listener.stopService()


@pytest.fixture
def connect(authority, client_pair):
    """Make a client of a server; ``None`` is one without a certificate."""
    clients = []

    def open_it(served, pair=client_pair, host="127.0.0.1"):
        clients.append(Client(f"{host}:{served.port}", authority.certificate, pair))
        return clients[-1]

    yield open_it
    for client in clients:
        client.close()


@pytest.fixture
def held(signer, reactor_thread):
    """A signing service whose calls wait until it is told to go on."""
    return Held(signer, reactor_thread)


@pytest.fixture
def client(serve, connect, signer):
    """A client of a server that keeps its keys in memory."""
    return connect(serve(signer))


@pytest.fixture
def eventually():
    """Wait until something is true, at most ten seconds."""

    def wait(true):
        deadline = time.monotonic() + 10
        while not (outcome := true()) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert outcome

    return wait


@pytest.fixture
def log_lines():
    """Everything logged during the test, as the fields of its lines."""
    events = []
    globalLogPublisher.addObserver(events.append)
    yield lambda: [fields_of(event) for event in list(events)]
    globalLogPublisher.removeObserver(events.append)
