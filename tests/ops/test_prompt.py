"""What is sent at once arrives whole and in order, however slowly it is taken."""

import socket

import pytest
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.threads import blockingCallFromThread

from notary.ops.prompt import PromptServer, make_prompt

PIECES = [bytes([65 + number % 26]) * size for number, size in enumerate((1, 9, 8000))]
LOT = 10_000_000
SECONDS = 20


class Talker(Protocol):
    """Says a lot as soon as it is asked, and hangs up."""

    def dataReceived(self, data):  # noqa: N802 -- Twisted's name
        assert isinstance(self.transport, PromptServer)
        assert self.transport.getHost() is self.transport.getHost()
        for _ in range(int(data)):
            self.transport.writeSequence(PIECES)
            self.transport.write(b"")
        self.transport.loseConnection()


@pytest.fixture
def serve(reactor_thread):
    """Listen with a factory; return the port."""
    ports = []

    def serve_it(factory):
        listening = blockingCallFromThread(
            reactor_thread, reactor_thread.listenTCP, 0, factory, interface="127.0.0.1"
        )
        ports.append(listening)
        return make_prompt(listening).getHost().port

    yield serve_it
    for listening in ports:
        blockingCallFromThread(reactor_thread, listening.stopListening)


@pytest.fixture
def port(serve):
    return serve(Factory.forProtocol(Talker))


@pytest.mark.parametrize("times", [1, 2000])
def test_everything_arrives_in_order_also_what_there_was_no_room_for(port, times):
    with socket.create_connection(("127.0.0.1", port), SECONDS) as connection:
        connection.sendall(b"%d" % times)
        heard = []
        while piece := connection.recv(65536):
            heard.append(piece)
    assert b"".join(heard) == b"".join(PIECES) * times


class Last(Protocol):
    """Hangs up, and says a lot in the same turn."""

    lost = 0

    def connectionMade(self):  # noqa: N802
        self.transport.loseConnection()
        self.transport.loseConnection()
        self.transport.write(b"x" * LOT)

    def connectionLost(self, reason):  # noqa: N802
        assert reason.check(ConnectionDone)
        self.factory.ends.append(self)


def test_what_is_said_in_the_turn_of_the_end_still_arrives(serve, reactor_thread):
    factory = Factory.forProtocol(Last)
    factory.ends = []
    port = serve(factory)
    with socket.create_connection(("127.0.0.1", port), SECONDS) as connection:
        heard = 0
        while piece := connection.recv(65536):
            heard += len(piece)
    assert heard == LOT
    blockingCallFromThread(reactor_thread, int)  # after whatever it does at the end
    assert len(factory.ends) == 1


def test_who_leaves_before_the_answer_harms_nobody(port):
    with socket.create_connection(("127.0.0.1", port), SECONDS) as leaving:
        leaving.sendall(b"500")
    with socket.create_connection(("127.0.0.1", port), SECONDS) as connection:
        connection.sendall(b"1")
        assert connection.recv(1) == PIECES[0]
