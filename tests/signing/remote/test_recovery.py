"""The signer goes and comes back: the next calls find it, with no help."""

import signal
import time

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import succeed
from twisted.internet.interfaces import IHostnameResolver
from twisted.names import dns
from twisted.names.server import DNSServerFactory
from zope.interface import implementer

from notary.signing.client_tls import read_client_tls
from notary.signing.remote_grpc import GRPCLink
from notary.signing.remote_signer import RemoteSigner
from notary.signing.service import SigningUnavailable
from tests.gopeers import go_signer
from tests.signing.remote.conftest import PROTOCOLS

PAYLOAD = b"payload"


def seconds_until_it_signs(run, signer, key):
    """Sign until that works, for five seconds at most."""
    begun = time.monotonic()
    while time.monotonic() < begun + 5:
        try:
            run(signer.sign(key.key_id, PAYLOAD))
        except SigningUnavailable:
            time.sleep(0.02)
        else:
            break
    return time.monotonic() - begun


@PROTOCOLS
def test_a_signer_that_is_back_at_its_port_signs_within_two_seconds(
    run, remote, serve, local, protocol
):
    served = serve(local, protocol)
    signer = remote(served.port, protocol=protocol)
    key = run(signer.create_key("gun", "timestamp", "ecdsa"))
    run(signer.sign(key.key_id, PAYLOAD))
    run(served.stop())
    down = time.monotonic()
    while time.monotonic() < down + 2:
        begun = time.monotonic()
        with pytest.raises(SigningUnavailable):
            run(signer.sign(key.key_id, PAYLOAD))
        assert time.monotonic() - begun < 1.5
        time.sleep(0.1)
    serve(local, protocol, served.port)
    assert seconds_until_it_signs(run, signer, key) < 2


@PROTOCOLS
def test_a_restart_between_two_calls_is_not_noticed(
    run, remote, serve, local, protocol
):
    served = serve(local, protocol)
    signer = remote(served.port, protocol=protocol)
    key = run(signer.create_key("gun", "timestamp", "ecdsa"))
    run(served.stop())
    serve(local, protocol, served.port)
    run(signer.sign(key.key_id, PAYLOAD))


def test_a_go_signer_that_hung_or_was_killed_signs_within_two_seconds(
    run, remote, mysql_places, authority, tmp_path
):
    with go_signer(tmp_path, mysql_places.signer.dsn, authority) as peer:
        signer = remote(peer.port, deadline_seconds=1)
        key = run(signer.create_key("gun", "timestamp", "ecdsa"))
        peer.process.send_signal(signal.SIGSTOP)
        try:
            begun = time.monotonic()
            with pytest.raises(SigningUnavailable, match="no answer"):
                run(signer.sign(key.key_id, PAYLOAD))
            assert time.monotonic() - begun < 1.5
        finally:
            peer.process.send_signal(signal.SIGCONT)
        assert seconds_until_it_signs(run, signer, key) < 2
        peer.process.kill()
        peer.process.wait()
        with pytest.raises(SigningUnavailable):
            run(signer.sign(key.key_id, PAYLOAD))


@implementer(IHostnameResolver)
class Moving:
    """Resolves every name to one address, which may change."""

    address = "127.0.0.1"

    def resolveHostName(self, receiver, name, portNumber=0, *_):  # noqa: N802, N803
        receiver.resolutionBegan(self)
        receiver.addressResolved(IPv4Address("TCP", self.address, portNumber))
        receiver.resolutionComplete()
        return receiver

    def query(self, query, timeout=None):
        """Answer a query of the DNS likewise."""
        if query.type != dns.A:
            return succeed(([], [], []))
        record = dns.Record_A(self.address, 0)
        header = dns.RRHeader(query.name.name, dns.A, ttl=0, payload=record)
        return succeed(([header], [], []))


NAME = "signer.example"


@pytest.fixture
def names(run, reactor_thread):
    """The names that the reactor resolves, and any who ask ``names.port``."""
    names, before = Moving(), reactor_thread.nameResolver
    protocol = dns.DNSDatagramProtocol(DNSServerFactory(clients=[names], verbose=0))

    async def begin():
        reactor_thread.installNameResolver(names)
        return reactor_thread.listenUDP(0, protocol, "127.0.0.1")

    async def end():
        reactor_thread.installNameResolver(before)
        await listening.stopListening()

    listening = run(begin())
    names.port = listening.getHost().port
    yield names
    run(end())


@PROTOCOLS
def test_a_signer_that_moved_to_another_address_is_found(
    run, remote, serve, local, *, authority, names, reactor_thread, trust, protocol
):
    pair = authority.issue("moving", hosts=[NAME])
    served = serve(local, protocol, pair=pair)
    if protocol == "https":
        signer = remote(served.port, protocol=protocol, hostname=NAME)
    else:
        # The resolver of the library's own asks this server.
        target = f"dns://127.0.0.1:{names.port}/{NAME}:{served.port}"
        link = GRPCLink("signer", target, read_client_tls(trust), 5, reactor_thread)
        signer = RemoteSigner(link, reactor_thread, 5)
    key = run(signer.create_key("gun", "timestamp", "ecdsa"))
    run(served.stop())
    with pytest.raises(SigningUnavailable):
        run(signer.sign(key.key_id, PAYLOAD))
    serve(local, protocol, served.port, pair=pair, interface="127.0.0.2")
    names.address = "127.0.0.2"
    assert seconds_until_it_signs(run, signer, key) < 2
    run(signer.close())
