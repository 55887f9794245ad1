"""What systemd is told, received by a real socket."""

import os
import socket

import pytest
from twisted.internet.task import Clock

from notary.ops.systemd import Supervisor, SystemdError


class Turning(Clock):
    """A clock that is a running reactor, too."""

    def callWhenRunning(self, call, *arguments):  # noqa: N802
        call(*arguments)


@pytest.fixture(params=["a path", "the abstract namespace"])
def listening(request, tmp_path):
    """A socket as systemd's, and its address as it is given to programs."""
    path = str(tmp_path / "notify")
    address, given = path, path
    if request.param != "a path":
        address, given = f"\0{path}", f"@{path}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiving:
        receiving.bind(address)
        receiving.settimeout(20)
        yield receiving, given


def test_it_is_told_when_the_program_is_ready_reloads_and_stops(listening):
    receiving, address = listening
    supervisor = Supervisor(Turning(), {"NOTIFY_SOCKET": address})
    supervisor.startService()
    assert receiving.recv(1000).startswith(b"READY=1\n")
    supervisor.reloading()
    assert receiving.recv(1000).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
    supervisor.ready()
    assert receiving.recv(1000).startswith(b"READY=1\n")
    supervisor.stopping()
    assert receiving.recv(1000).startswith(b"STOPPING=1\n")


def test_signs_of_life_come_twice_as_often_as_wanted_until_it_stops(listening):
    receiving, address = listening
    clock = Turning()
    wanted = {"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": str(os.getpid())}
    supervisor = Supervisor(clock, {"NOTIFY_SOCKET": address, **wanted})
    supervisor.startService()
    receiving.recv(1000)
    assert receiving.recv(1000) == b"WATCHDOG=1"
    clock.advance(5)
    assert receiving.recv(1000) == b"WATCHDOG=1"
    supervisor.stopService()
    assert clock.getDelayedCalls() == []


def test_a_watchdog_of_another_process_is_left_alone(listening):
    receiving, address = listening
    clock = Turning()
    wanted = {"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}
    Supervisor(clock, {"NOTIFY_SOCKET": address, **wanted}).startService()
    receiving.recv(1000)
    assert clock.getDelayedCalls() == []


def test_nobody_is_told_without_an_address_or_when_nobody_listens(tmp_path):
    Supervisor(Turning(), {}).startService()
    gone = str(tmp_path / "gone")
    Supervisor(Turning(), {"NOTIFY_SOCKET": gone}).startService()


@pytest.mark.parametrize(
    "variables",
    [
        {"NOTIFY_SOCKET": "relative"},
        {"NOTIFY_SOCKET": "@"},
        {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "soon"},
        {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "0"},
    ],
)
def test_variables_that_make_no_sense_are_refused(variables):
    with pytest.raises(SystemdError):
        Supervisor(Turning(), variables)
