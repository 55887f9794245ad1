"""How many connections are open: counted right, and refused in a way that is told."""

import http.client
import json
import socket
import ssl
from contextlib import ExitStack, contextmanager, suppress
from ipaddress import ip_network

import pytest
from attrs import frozen
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.threads import blockingCallFromThread
from twisted.web.resource import Resource

from notary.ops.crowd import MAX_REFUSALS, Crowd
from notary.ops.listening import Listener
from notary.ops.share import alone
from notary.ops.tls import server_tls
from notary.settings.model import LimitsSettings, ServerSettings
from notary.web.refusals import Refusals
from notary.web.site import CONVENTIONS, APISite
from tests.certificates import Authority
from tests.running import free_port

SECONDS = 20


class Hello(Resource):
    isLeaf = True  # noqa: N815 -- Twisted's name

    def render(self, request):
        return b"hello"


@frozen
class Served:
    """A listener, and the limits that were reached."""

    port: int
    refused: list

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), SECONDS)

    def ask(self, connection):
        """Return the status of the answer."""
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        answer.read()
        return answer.status

    def open(self, stack, count):
        """Return so many connections that are served."""
        found = [stack.enter_context(self.connect()) for _ in range(count)]
        for connection in found:
            assert self.ask(connection) == 200
        return found

    def wait_until_served(self):
        """Connect until that is not refused any more."""
        for _ in range(1000):
            with self.connect() as connection:
                try:
                    if self.ask(connection) == 200:
                        return
                except ConnectionError:
                    pass
        raise AssertionError("it stays full")


@pytest.fixture
def listening(reactor_thread):
    """Listen with these limits until the end of a ``with`` block."""

    @contextmanager
    def listen(tls=None, trusted=(), **limits):
        refused = []
        site = APISite(
            Hello(),
            LimitsSettings(**limits),
            reactor_thread,
            CONVENTIONS,
            trusted_proxies=trusted,
            refusals=Refusals(refused.append),
        )
        port = free_port()
        listener = Listener(reactor_thread, f"127.0.0.1:{port}", site, tls)
        blockingCallFromThread(reactor_thread, listener.privilegedStartService)
        blockingCallFromThread(reactor_thread, listener.startService)
        try:
            yield Served(port, refused)
        finally:
            blockingCallFromThread(reactor_thread, listener.stopService)

    return listen


def test_who_comes_when_it_is_full_is_told_so_at_once(listening):
    with listening(connections=3) as served, ExitStack() as stack:
        served.open(stack, 3)
        with served.connect() as refused:
            answer = http.client.HTTPResponse(refused)
            answer.begin()
            body = answer.read()
            assert refused.recv(1) == b""
        assert (answer.status, answer.getheader("Retry-After")) == (503, "5")
        assert json.loads(body)["errors"][0]["code"] == "UNAVAILABLE"
        assert served.refused == ["connections"]


def test_who_has_asked_already_is_told_too(listening):
    with listening(connections=1) as served, ExitStack() as stack:
        served.open(stack, 1)
        for _ in range(20):
            with served.connect() as refused:
                assert served.ask(refused) == 503


def test_those_who_leave_make_room(listening):
    with listening(connections=3) as served:
        for _ in range(3):
            with ExitStack() as stack:
                served.wait_until_served()
                served.open(stack, 2)


def test_one_address_may_not_take_all(listening):
    with (
        listening(connections=9, connections_per_address=2) as served,
        ExitStack() as stack,
    ):
        served.open(stack, 2)
        with served.connect() as refused:
            assert served.ask(refused) == 503
        assert served.refused == ["connections_per_address"]
        other = socket.create_connection(
            ("127.0.0.1", served.port), SECONDS, source_address=("127.0.0.2", 0)
        )
        with other:
            assert served.ask(other) == 200


def test_trusted_proxies_may_take_all(listening):
    trusted = (ip_network("127.0.0.0/8"),)
    limits = {"connections": 5, "connections_per_address": 2}
    with listening(trusted=trusted, **limits) as served, ExitStack() as stack:
        served.open(stack, 5)
        assert served.refused == []


def test_no_more_than_so_many_are_told(listening):
    with listening(connections=1) as served, ExitStack() as stack:
        served.open(stack, 1)
        waiting = [
            stack.enter_context(served.connect()) for _ in range(MAX_REFUSALS + 5)
        ]
        told = [connection.recv(100) for connection in waiting]
        assert told[0].startswith(b"HTTP/1.1 503 ")
        assert told[-1] == b""
        assert len(served.refused) == len(waiting)


@pytest.fixture
def tls(tmp_path):
    pair = Authority(tmp_path).issue("server")
    return server_tls(ServerSettings(":1", pair.certificate, pair.key))


def unverified():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def test_with_tls_who_comes_when_it_is_full_is_hung_up_on(listening, tls):
    with listening(tls, connections=1) as served, ExitStack() as stack:
        first = stack.enter_context(served.connect())
        secured = stack.enter_context(unverified().wrap_socket(first))
        assert served.ask(secured) == 200
        with served.connect() as refused:
            assert refused.recv(1) == b""
        assert served.refused == ["connections"]


def client_hello():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        unverified().wrap_bio(incoming, outgoing).do_handshake()
    return outgoing.read()


@pytest.mark.parametrize("sent", ["nothing", "half a word", "a word and no more"])
def test_who_does_not_complete_a_handshake_is_hung_up_on(listening, tls, sent):
    hello = client_hello()
    data = {"nothing": b"", "half a word": hello[: len(hello) // 2]}.get(sent, hello)
    with listening(tls, idle_seconds=1) as served, served.connect() as silent:
        silent.sendall(data)
        heard = b""
        with suppress(ConnectionResetError):
            while piece := silent.recv(65536):
                heard += piece
        assert bool(heard) == (data == hello)


@pytest.fixture
def crowd(reactor_thread):
    site = APISite(Hello(), LimitsSettings(), reactor_thread, CONVENTIONS)
    site.trusted_proxies = (ip_network("10.0.0.0/8"),)
    return Crowd(site, reactor_thread, alone(), tells=True)


def test_addresses_are_those_of_ipv4_and_networks_of_ipv6(crowd):
    def place(host, kind=IPv6Address):
        return crowd.place(kind("TCP", host, 1))

    assert place("192.0.2.1", IPv4Address) == place("::ffff:192.0.2.1")
    assert place("192.0.2.1", IPv4Address) != place("::ffff:192.0.2.2")
    assert place("2001:db8::1") == place("2001:db8::ffff:1")
    assert place("2001:db8::1") != place("2001:db8:0:1::1")
    assert place("::ffff:10.1.1.1") is None
    assert crowd.place(UNIXAddress("/x")) is None
    assert crowd.place(None) is None


def test_nothing_is_kept_of_those_who_have_left(crowd):
    places = [crowd.place(IPv4Address("TCP", f"192.0.2.{n}", 1)) for n in range(9)]
    for place in (*places, None):
        crowd.enter(place)
    for place in (*places, None):
        crowd.leave(place)
    assert (crowd._all, dict(crowd._by_place)) == (0, {})
