"""How the program ends: whoever is being served is served, nobody else waits."""

import http.client
import signal
import socket
import time

from tests.running import free_port, memory_config, running, write_config
from tests.started import get, twistd


def refuses_connections(port):
    """Wait until nobody listens on the port any more."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            return True
        except ConnectionResetError:
            continue  # it was closed while this connection was waiting to be accepted
    return False


def test_an_interrupt_also_ends_it_with_exit_code_0(tmp_path):
    path = write_config(tmp_path, memory_config(free_port()))
    with running(twistd(path), tmp_path) as server:
        server.signal(signal.SIGINT)
        assert server.wait() == 0


def test_a_request_that_is_being_sent_at_the_end_is_still_answered(tmp_path):
    port = free_port()
    path = write_config(tmp_path, memory_config(port))
    with running(twistd(path), tmp_path) as server:
        client = socket.create_connection(("127.0.0.1", port), timeout=10)
        client.sendall(
            b"POST /v2/a/_trust/tuf/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
            b"Content-Length: 10\r\n\r\n12345"
        )
        assert get(port, "/v2/")[0] == 200
        server.signal()
        assert refuses_connections(port)
        assert server.process.poll() is None
        client.sendall(b"67890")
        answer = client.makefile("rb").read()
        client.close()
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert server.wait() == 0


def test_an_idle_connection_does_not_hold_up_the_end(tmp_path):
    port = free_port()
    path = write_config(tmp_path, memory_config(port))
    with running(twistd(path), tmp_path) as server:
        idle = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        idle.request("GET", "/v2/")
        idle.getresponse().read()
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 5
        assert idle.sock.recv(1) == b""
        idle.close()
