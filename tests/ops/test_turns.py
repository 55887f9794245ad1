"""Several ports with one socket, as several processes have them."""

import os
import socket
from contextlib import ExitStack

import pytest
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.threads import blockingCallFromThread

from notary.ops.share import memory_for, opened
from notary.ops.turns import Turns

SECONDS = 20
MANY = 40


class Counted(Protocol):
    """Says whose it is, and tells how many there are."""

    def connectionMade(self):  # noqa: N802 -- Twisted's name
        factory = self.factory
        factory.count += 1
        factory.share.hold(factory.count)
        self.transport.write(b"%d" % factory.place)


class Process:
    """One of several that accept with the same socket."""

    def __init__(self, reactor, listening, memory, place):
        self.factory = Factory.forProtocol(Counted)
        self.factory.count, self.factory.place = 0, place
        self.factory.share = opened(os.dup(memory), place)
        self.port = reactor.adoptStreamPort(
            listening.fileno(), listening.family, self.factory
        )
        Turns(self.port, reactor, self.factory.share)


@pytest.fixture
def processes(reactor_thread):
    listening = socket.create_server(("127.0.0.1", 0), backlog=MANY)
    listening.setblocking(False)
    memory = memory_for(2)

    def made():
        return [Process(reactor_thread, listening, memory, place) for place in range(2)]

    with listening:
        found = blockingCallFromThread(reactor_thread, made)
        yield found
        for each in found:
            blockingCallFromThread(reactor_thread, each.port.stopListening)
    os.close(memory)


def accepted(processes):
    """Connect many at once; return how many each accepted."""
    place = processes[0].port.getHost()
    with ExitStack() as end:
        clients = [
            end.enter_context(
                socket.create_connection((place.host, place.port), SECONDS)
            )
            for _ in range(MANY)
        ]
        whose = [client.recv(1) for client in clients]
    return [whose.count(b"%d" % number) for number in range(len(processes))]


def test_each_gets_its_share_of_many_that_come_at_once(processes):
    assert all(count > MANY // 3 for count in accepted(processes))


def test_who_never_looks_holds_nobody_up(processes, reactor_thread):
    blockingCallFromThread(reactor_thread, processes[1].port.stopReading)
    assert accepted(processes) == [MANY, 0]


def test_who_looks_again_is_counted_on_again(processes, reactor_thread):
    blockingCallFromThread(reactor_thread, processes[1].port.stopReading)
    assert accepted(processes) == [MANY, 0]
    blockingCallFromThread(reactor_thread, processes[1].port.startReading)
    assert accepted(processes)[1] > MANY // 2


def test_a_port_that_stops_in_a_pause_stays_stopped(processes, reactor_thread):
    first = processes[0]
    first.factory.share.hold(100)
    place = first.port.getHost()
    with socket.create_connection((place.host, place.port), SECONDS) as client:
        assert client.recv(1) == b"1"
    blockingCallFromThread(reactor_thread, first.port.stopListening)
    first.factory.share.hold(0)
    with socket.create_connection((place.host, place.port), SECONDS) as client:
        assert client.recv(1) == b"1"
