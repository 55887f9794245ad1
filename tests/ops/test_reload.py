"""SIGHUP: everything that can change is read again, and the program lives on."""

import os
import signal
import threading

import pytest
from twisted.logger import capturedLogs

from notary.ops.reload import ReloadSignal
from notary.ops.systemd import Supervisor
from tests.running import TWISTD, free_port, memory_config, running, write_config


@pytest.fixture
def before():
    """A handler of before, which must be there again in the end."""

    def handler(number, frame):
        raise AssertionError("not this one")

    original = signal.signal(signal.SIGHUP, handler)
    yield handler
    signal.signal(signal.SIGHUP, original)


def test_every_action_is_run_on_the_reactor_though_one_fails(before, reactor_thread):
    ran, done = [], threading.Event()

    def first():
        ran.append(threading.current_thread())
        raise ValueError("out of order")

    def second():
        ran.append(threading.current_thread())
        return "two certificates, new"

    def last():
        done.set()
        return ""

    actions = {"first": first, "second": second, "last": last}
    service = ReloadSignal(reactor_thread, actions, Supervisor(reactor_thread, {}))
    service.startService()
    with capturedLogs() as events:
        os.kill(os.getpid(), signal.SIGHUP)
        assert done.wait(20)
    service.stopService()
    assert len(ran) == 2
    assert threading.current_thread() not in ran
    said = [event["log_format"].format(**event) for event in events]
    assert "second: two certificates, new" in said
    assert "first: not read again" in said
    assert signal.getsignal(signal.SIGHUP) is before


def test_the_supervisor_is_told_of_the_end_though_the_others_fail(
    before, reactor_thread
):
    done = threading.Event()

    class Told(Supervisor):
        def ready(self):
            done.set()

    async def others():
        raise ValueError("out of order")

    service = ReloadSignal(reactor_thread, {}, Told(reactor_thread, {}), others)
    service.startService()
    with capturedLogs() as events:
        os.kill(os.getpid(), signal.SIGHUP)
        assert done.wait(20)
    service.stopService()
    said = [event["log_format"].format(**event) for event in events]
    assert "other processes: not read again" in said


def test_a_server_without_authentication_survives_sighup(tmp_path):
    path = write_config(tmp_path, memory_config(free_port()))
    command = [*TWISTD, "notary-server", "--config", str(path)]
    with running(command, tmp_path) as server:
        server.signal(signal.SIGHUP)
        server.wait_for("authentication: there are no keys")
        assert server.stop() == 0, server.log
