"""What is sent at once arrives whole and in order, however slowly it is taken."""

import socket

import pytest
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.threads import blockingCallFromThread

from notary.ops.prompt import PromptServer, make_prompt

PIECES = [bytes([65 + number % 26]) * size for number, size in enumerate((1, 9, 8000))]
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
def port(reactor_thread):
    factory = Factory.forProtocol(Talker)
    listening = blockingCallFromThread(
        reactor_thread, reactor_thread.listenTCP, 0, factory, interface="127.0.0.1"
    )
    yield make_prompt(listening).getHost().port
    blockingCallFromThread(reactor_thread, listening.stopListening)


@pytest.mark.parametrize("times", [1, 2000])
def test_everything_arrives_in_order_also_what_there_was_no_room_for(port, times):
    with socket.create_connection(("127.0.0.1", port), SECONDS) as connection:
        connection.sendall(b"%d" % times)
        heard = []
        while piece := connection.recv(65536):
            heard.append(piece)
    assert b"".join(heard) == b"".join(PIECES) * times


def test_who_leaves_before_the_answer_harms_nobody(port):
    with socket.create_connection(("127.0.0.1", port), SECONDS) as leaving:
        leaving.sendall(b"500")
    with socket.create_connection(("127.0.0.1", port), SECONDS) as connection:
        connection.sendall(b"1")
        assert connection.recv(1) == PIECES[0]
