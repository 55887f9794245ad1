"""Sessions are resumed, by clients of TLS 1.2 and 1.3, over a real connection."""

import contextlib
import shutil
import socket
import ssl

import pytest
from attrs import define
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.threads import blockingCallFromThread

from notary.ops.prompt import make_prompt
from notary.ops.tls import TLSFactory, server_tls
from notary.settings import ServerSettings
from tests.certificates import Authority

SECONDS = 20
VERSIONS = pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])


class Echo(Protocol):
    """Says what it is told."""

    def dataReceived(self, data):  # noqa: N802 -- Twisted's name
        self.transport.write(data)


@define
class Server:
    """A server with TLS on a port of loopback, and the authority of both sides."""

    authority: Authority
    folder: object
    tls: object
    port: int

    def client(self, version, certificate=None):
        context = ssl.create_default_context(cafile=str(self.authority.certificate))
        context.minimum_version = ssl.TLSVersion[version]
        context.maximum_version = ssl.TLSVersion[version]
        if certificate is not None:
            context.load_cert_chain(certificate.certificate, certificate.key)
        return context

    def talk(self, context, session=None):
        """Exchange a word; return whether the session was resumed, and the next one."""
        plain = socket.create_connection(("127.0.0.1", self.port), SECONDS)
        with context.wrap_socket(
            plain, server_hostname="localhost", session=session
        ) as connection:
            connection.sendall(b"hello")
            assert connection.recv(5) == b"hello"
            return connection.session_reused, connection.session


@contextlib.contextmanager
def serving(reactor, folder, *, with_clients):
    authority = Authority(folder / "ca")
    pair = authority.issue("server")
    for file, name in ((pair.certificate, "s.crt"), (pair.key, "s.key")):
        shutil.copy(file, folder / name)
    client_ca = authority.certificate if with_clients else None
    files = ServerSettings(":1", folder / "s.crt", folder / "s.key", client_ca)
    tls = server_tls(files)
    factory = TLSFactory(tls, Factory.forProtocol(Echo))
    port = blockingCallFromThread(
        reactor, reactor.listenTCP, 0, factory, interface="127.0.0.1"
    )
    make_prompt(port)
    try:
        yield Server(authority, folder, tls, port.getHost().port)
    finally:
        blockingCallFromThread(reactor, port.stopListening)


@pytest.fixture(params=[False, True], ids=["anybody", "client certificates"])
def server_and_certificate(request, reactor_thread, tmp_path):
    with serving(reactor_thread, tmp_path, with_clients=request.param) as server:
        yield server, server.authority.issue("client") if request.param else None


@VERSIONS
def test_a_session_is_resumed_again_and_again(server_and_certificate, version):
    server, certificate = server_and_certificate
    context = server.client(version, certificate)
    first, session = server.talk(context)
    second, session = server.talk(context, session)
    third, _ = server.talk(context, session)
    assert [first, second, third] == [False, True, True]


@VERSIONS
def test_what_cannot_be_resumed_is_a_full_handshake_and_no_error(
    server_and_certificate, version
):
    server, certificate = server_and_certificate
    context = server.client(version, certificate)
    _, session = server.talk(context)
    pair = server.authority.issue("server-2")
    shutil.copy(pair.certificate, server.folder / "s.crt")
    shutil.copy(pair.key, server.folder / "s.key")
    server.tls.reload()
    reused, session = server.talk(context, session)
    assert not reused
    assert server.talk(context, session)[0]


def test_what_comes_in_pieces_or_together_is_the_same(reactor_thread, tmp_path):
    with serving(reactor_thread, tmp_path, with_clients=False) as server:
        context = server.client("TLSv1_3")
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        inner = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
        with socket.create_connection(("127.0.0.1", server.port), SECONDS) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _repeat(plain, incoming, outgoing, inner.do_handshake)
            said = [b"%d," % number for number in range(200)]
            for word in said:
                inner.write(word)
            sent, size = outgoing.read(), 1
            while sent:
                plain.sendall(sent[:size])
                sent, size = sent[size:], size * 2 % 97 + 1
            heard = b""
            while len(heard) < len(b"".join(said)):
                heard += _repeat(plain, incoming, outgoing, lambda: inner.read(4096))
    assert heard == b"".join(said)


def _repeat(plain, incoming, outgoing, step):
    """Do the step as soon as enough has come for it."""
    while True:
        try:
            return step()
        except ssl.SSLWantReadError:
            if outgoing.pending:
                plain.sendall(outgoing.read())
            incoming.write(plain.recv(65536))
        finally:
            if outgoing.pending:
                plain.sendall(outgoing.read())
