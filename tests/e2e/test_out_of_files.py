"""A server that may open no more files serves who is connected, and waits for better.

How many connections it takes, so that this does not happen, is in test_descriptors.
"""

import http.client
import os
import re
import resource
import socket
from contextlib import ExitStack

import pytest

from tests.running import COMMAND, free_port, memory_config, running, write_config

SECONDS = 30
CONNECTED = 20
NONE = 3
"""Not even one more than the standard streams."""


class Connection:
    """A connection that stays open from one request to the next."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), SECONDS)

    def get(self, path="/v2/", status=200):
        """Return the body of an answer with this status; ``None`` if hung up on."""
        try:
            self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            answer = http.client.HTTPResponse(self._socket)
            answer.begin()
        except ConnectionError:
            return None
        assert answer.status == status
        return answer.read().decode()

    def close(self):
        self._socket.close()


@pytest.fixture
def stack():
    with ExitStack() as found:
        yield found


@pytest.fixture
def backend():
    """What opens no files by itself."""
    return "memory"


@pytest.fixture
def server(stack, tmp_path, backend):
    """A server at a port; both."""
    port = free_port()
    config = memory_config(port, level="debug")
    config["storage"] = {"backend": backend, "db_url": str(tmp_path / "notary.db")}
    path = write_config(tmp_path, config)
    command = [*COMMAND, "-config", str(path)]
    secret = {"NOTARY_SERVER_KEY_PASSPHRASE": "passphrase of keys without files"}
    server = stack.enter_context(running(command, tmp_path, **secret))
    yield server, port
    assert server.stop() == 0


@pytest.fixture
def connect(server, stack):
    def connected():
        connection = Connection(server[1])
        stack.callback(connection.close)
        return connection

    return connected


def allow(server, files):
    """Let the server have so many files open, from now on."""
    limits = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (files, limits[1]))
    return limits[0]


def refused(connection):
    """Return how often the server could not accept, as the metrics have it."""
    page = connection.get("/metrics")
    (found,) = re.findall(r'^notary_refusals_total{limit="files"} (\S+)', page, re.M)
    return float(found)


def told(server):
    return [line for line in server.log if "cannot accept connections" in line]


def test_who_is_connected_is_served_and_others_are_hung_up_on(server, connect):
    running_server, _ = server
    connected = [connect() for _ in range(CONNECTED)]
    assert all(each.get() == "{}" for each in connected)
    open_files = os.listdir(f"/proc/{running_server.process.pid}/fd")
    # The system counts from the highest number on: those that are free are left.
    files = max(map(int, open_files)) + 1
    before = allow(running_server, files)
    found = [connect().get() for _ in range(3 * CONNECTED)]
    assert found.count(None) >= CONNECTED
    assert all(each.get() == "{}" for each in connected)
    assert refused(connected[0]) == found.count(None)
    allow(running_server, before)
    assert connect().get() == "{}"
    (line,) = told(running_server)
    assert "too many open files" in line
    assert f"may have {files} files" in line
    assert "Traceback" not in "".join(running_server.log)


def test_who_comes_when_nothing_can_be_opened_waits_until_it_can(server, connect):
    running_server, _ = server
    connected = connect()
    assert connected.get() == "{}"
    before = allow(running_server, NONE)
    waiting = [connect() for _ in range(CONNECTED)]
    running_server.wait_for("cannot accept connections")
    assert connected.get() == "{}"
    allow(running_server, before)
    assert [each.get() for each in waiting] == ["{}"] * CONNECTED
    allow(running_server, NONE)
    again = connect()
    while refused(connected) < 2:
        connected.get()
    allow(running_server, before)
    assert again.get() == "{}"
    # Without a rest there would be thousands.
    assert refused(connected) < CONNECTED
    assert len(told(running_server)) == 1
    assert "Traceback" not in "".join(running_server.log)


def test_a_server_that_can_open_nothing_stops_as_asked(server, connect):
    running_server, _ = server
    allow(running_server, NONE)
    waiting = connect()
    running_server.wait_for("cannot accept connections")
    assert running_server.stop() == 0
    assert waiting.get() is None


@pytest.mark.parametrize("backend", ["sqlite3"])
def test_what_needs_a_file_is_unavailable_until_there_are_some(server, connect):
    running_server, _ = server
    connected = connect()
    key = "/v2/example.com/app/_trust/tuf/timestamp.key"
    assert connected.get() == "{}"
    before = allow(running_server, NONE)
    assert "UNAVAILABLE" in connected.get(key, status=503)
    allow(running_server, before)
    assert '"keytype"' in connected.get(key)
    assert "Traceback" not in "".join(running_server.log)
