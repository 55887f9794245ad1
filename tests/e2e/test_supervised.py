"""A real server whose supervisor is the test: what it is told, and when."""

import http.client
import signal
import socket
import sys

import pytest

from tests.e2e.test_socket_activation import HAND_OVER
from tests.running import (
    COMMAND,
    ended,
    free_port,
    memory_config,
    running,
    write_config,
)


@pytest.fixture
def supervisor(tmp_path):
    """The socket that the program is to report to."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiving:
        receiving.bind(str(tmp_path / "notify"))
        receiving.settimeout(30)
        yield receiving


def told(supervisor, message):
    """Wait for a message that begins like this."""
    while not supervisor.recv(1000).decode().startswith(message):
        pass


def command(folder, config):
    return [*COMMAND, f"-config={write_config(folder, config)}"]


def test_it_is_ready_when_it_answers_and_tells_of_reloads_and_the_end(
    tmp_path, supervisor
):
    port = free_port()
    variables = {
        "NOTIFY_SOCKET": str(tmp_path / "notify"),
        "WATCHDOG_USEC": "200000",
    }
    program = command(tmp_path, memory_config(port))
    with running(program, tmp_path, **variables) as server:
        told(supervisor, "READY=1\n")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/v2/")
        assert connection.getresponse().status == 200
        connection.close()
        told(supervisor, "WATCHDOG=1")
        server.signal(signal.SIGHUP)
        told(supervisor, "RELOADING=1\nMONOTONIC_USEC=")
        told(supervisor, "READY=1\n")
        told(supervisor, "WATCHDOG=1")
        server.signal()
        told(supervisor, "STOPPING=1\n")
        assert server.wait() == 0


def test_a_stopping_server_is_not_ready_but_answers_until_the_delay_is_over(
    tmp_path, supervisor
):
    port = free_port()
    config = memory_config(port)
    config["server"]["drain_delay_seconds"] = 2
    variables = {"NOTIFY_SOCKET": str(tmp_path / "notify")}
    with running(command(tmp_path, config), tmp_path, **variables) as server:
        server.signal()
        told(supervisor, "STOPPING=1\n")
        # A new connection, though the signal has arrived.
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/_notary_server/ready")
        answer = connection.getresponse()
        assert answer.status == 503, answer.read()
        connection.close()
        assert server.wait() == 0, server.log


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"LISTEN_FDNAMES": "grpc"}, "nothing here can listen with a socket 'grpc'"),
        ({"LISTEN_FDNAMES": "ops"}, "nothing here can listen with a socket 'ops'"),
        ({"LISTEN_FDS": "2"}, "2 inherited sockets need as many different names"),
        ({"LISTEN_FDS": "all"}, "LISTEN_FDS: must be a number from 1 to 16"),
        ({}, "descriptor 3 is no socket: Socket operation on non-socket"),
        ({"LISTEN_FDS": "", "NOTIFY_SOCKET": "x"}, "NOTIFY_SOCKET: neither a path nor"),
    ],
)
def test_an_environment_that_is_not_systemds_ends_the_start_with_one_line(
    tmp_path, variables, said
):
    # The null device is what is handed over.
    changed = "\n".join(f"os.environ[{k!r}] = {v!r}" for k, v in variables.items())
    launch = HAND_OVER.replace("os.execv", f"{changed}\nos.execv")
    program = command(tmp_path, memory_config(free_port()))
    done = ended([sys.executable, "-c", launch, "", "0", *program], tmp_path)
    assert done.returncode == 1
    (line,) = [each for each in done.stderr.splitlines() if '"fatal"' in each]
    assert said in line
    assert "Traceback" not in done.stderr


def test_sockets_for_another_process_are_none_of_ours(tmp_path):
    variables = {"LISTEN_FDS": "1", "LISTEN_PID": "1"}
    program = command(tmp_path, memory_config(free_port()))
    with running(program, tmp_path, **variables) as server:
        assert server.stop() == 0
