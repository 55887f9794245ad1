"""One TLS connection of a server, with its client in memory: what is sent together."""

import ssl

import pytest
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport

from notary.ops.tls import TLSFactory, server_tls
from notary.settings import ServerSettings
from tests.ops.handshakes import client_context


class Pieces(StringTransport):
    """Notes each write."""

    def __init__(self):
        super().__init__()
        self.pieces = []

    def write(self, data):
        self.pieces.append(data)


class Client:
    """Talks to a connection of the server, whose transport is ``wire``."""

    def __init__(self, folder):
        tls = server_tls(
            ServerSettings(":1", folder / "server.crt", folder / "server.key")
        )
        served = Factory.forProtocol(Protocol)
        self.connection = TLSFactory(tls, served).buildProtocol(None)
        self.wire = Pieces()
        self.connection.makeConnection(self.wire)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = client_context(folder / "ca.crt").wrap_bio(
            self._incoming, self._outgoing, server_hostname="localhost"
        )
        while not self._is_agreed():
            self._say()
            self.take()
        self._say()
        self.take()

    def _is_agreed(self):
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def _say(self):
        self.connection.dataReceived(self._outgoing.read())

    def take(self):
        """Return how many pieces were sent since the last time, and take them."""
        pieces = list(self.wire.pieces)
        self.wire.pieces.clear()
        self._incoming.write(b"".join(pieces))
        return len(pieces)

    def read(self, count):
        """Return so many of the bytes that were said."""
        return self._tls.read(count)

    def knows_a_session(self):
        """Tell whether another connection could go on where this one is."""
        session = self._tls.session
        return session is not None and session.has_ticket

    def read_all(self):
        """Return what was said until the good-bye of the server."""
        said = b""
        while piece := self._tls.read(100_000):
            said += piece
        return said


@pytest.fixture
def client(dev):
    return Client(dev)


def test_tickets_leave_together_with_the_first_answer(client):
    assert not client.knows_a_session()
    client.connection.write_at_once(b"answer")
    assert client.take() == 1
    assert client.read(6) == b"answer"
    assert client.knows_a_session()


def test_a_last_answer_leaves_together_with_the_good_bye(client):
    client.connection.write_last(b"answer")
    client.connection.loseConnection()
    assert client.take() == 1
    assert client.read_all() == b"answer"


@pytest.mark.parametrize("length", [1 << 14, (1 << 14) + 1, 100_000])
def test_of_a_long_last_answer_nothing_is_missing(client, length):
    client.connection.write_last(b"x" * length)
    client.connection.loseConnection()
    client.take()
    assert client.read_all() == b"x" * length


def test_an_answer_that_is_not_the_last_leaves_at_once(client):
    client.connection.write_at_once(b"answer")
    assert client.take() == 1


def test_a_long_answer_leaves_at_once_as_a_whole(client):
    said = b"x" * 1_000_000
    client.connection.write_at_once(said)
    assert client.take() == 1
    client.connection.loseConnection()
    client.take()
    assert client.read_all() == said
