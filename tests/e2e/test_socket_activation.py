"""Sockets of systemd: a restart through one keeps people waiting, and loses nobody."""

import http.client
import socket
import ssl
import sys
import threading
from contextlib import ExitStack

import pytest

from tests.certificates import Authority
from tests.running import COMMAND, free_port, memory_config, running, write_config
from tests.steady_load import loaded

# What systemd does between fork and exec: sockets from 3 on, for this process only.
HAND_OVER = """
import os, sys
names, given, command = sys.argv[1], sys.argv[2].split(","), sys.argv[3:]
copies = [os.dup(int(fd)) for fd in given]
for number, copy in enumerate(copies, 3):
    os.dup2(copy, number)
    os.set_inheritable(number, True)
os.environ |= {"LISTEN_FDS": str(len(given)), "LISTEN_PID": str(os.getpid())}
if names:
    os.environ["LISTEN_FDNAMES"] = names
os.execv(command[0], command)
"""


def handing_over(command, folder, *sockets, names=""):
    """The program, started with the sockets; a context manager."""
    numbers = [each.fileno() for each in sockets]
    listed = ",".join(map(str, numbers))
    launch = [sys.executable, "-c", HAND_OVER, names, listed, *command]
    return running(launch, folder, pass_fds=numbers)


@pytest.fixture
def listening():
    """A socket that outlives every server, as that of systemd does."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as held:
        yield held


def port_of(listening):
    return listening.getsockname()[1]


def command(folder, config):
    return [*COMMAND, f"-config={write_config(folder, config)}"]


def restarted_under_load(folder, config, listening, client=None):
    """Return what went wrong while the server was restarted three times."""
    program = command(folder, config)
    with ExitStack() as servers:
        server = servers.enter_context(handing_over(program, folder, listening))
        with loaded(port_of(listening), client) as load:
            for _ in range(3):
                assert server.stop() == 0, server.log
                server = servers.enter_context(handing_over(program, folder, listening))
                load.wait_for_answers(50)
        assert server.stop() == 0, server.log
    return load.failures


def test_restarts_lose_no_request(tmp_path, listening):
    config = memory_config(free_port())
    assert restarted_under_load(tmp_path, config, listening) == []


def test_restarts_lose_no_tls_connection(tmp_path, listening):
    authority = Authority(tmp_path / "tls")
    pair = authority.issue("server")
    config = memory_config(free_port())
    config["server"] |= {
        "tls_cert_file": str(pair.certificate),
        "tls_key_file": str(pair.key),
    }
    client = ssl.create_default_context(cafile=authority.certificate)
    assert restarted_under_load(tmp_path, config, listening, client) == []


def test_systemd_itself_hands_its_socket_over(tmp_path):
    port, configured = free_port(), free_port()
    address = f"127.0.0.1:{port}"
    activate = ["systemd-socket-activate", "-l", address, "-E", "PYTHONPATH"]
    program = command(tmp_path, memory_config(configured))
    answers = []

    def ask():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        # systemd-socket-activate starts the server for the first connection.
        while not answers:
            try:
                connection.request("GET", "/v2/")
                answers.append(connection.getresponse().status)
            except ConnectionRefusedError:
                connection.close()
        connection.close()

    asking = threading.Thread(target=ask)
    asking.start()
    with running([*activate, *program], tmp_path) as server:
        asking.join(30)
        assert answers == [200]
        line = server.wait_for("The inherited socket http listens on")
        assert address in line
        assert f"127.0.0.1:{configured}) is not used" in line
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", configured))
        assert server.stop() == 0
