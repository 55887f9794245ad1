"""One command for whoever tries it: a development server with TLS."""

import json
import re
import socket
import ssl

import pytest

from tests.running import TWISTD, ended, free_port, running
from tests.started import GUN_KEY, get, lines


@pytest.fixture
def development(tmp_path):
    """A command with a development folder on a port of its own, and that port."""
    port = free_port()
    command = [*TWISTD, "notary-server", "--development", str(tmp_path / "dev")]
    return command, port, {"NOTARY_SERVER_SERVER_HTTP_ADDR": f"localhost:{port}"}


def trusting(folder):
    return ssl.create_default_context(cafile=str(folder / "dev" / "ca.crt"))


def test_development_serves_tls_and_tells_the_commands_to_try(development, tmp_path):
    command, port, variables = development
    with running(command, tmp_path, **variables) as server:
        assert get(port, "/v2/", trusting(tmp_path)) == (200, b"{}")
        assert {"Enabling TLS", "Using sqlite3 backend"} <= {
            line["msg"] for line in lines(server.log)
        }
        assert server.stop() == 0
    tour = re.findall(r"^  notary -s (\S+) --tlscacert (\S+)", server.output, re.M)
    assert tour == 5 * [(f"https://localhost:{port}", f"{tmp_path}/dev/ca.crt")]


def test_with_its_port_taken_nothing_is_said_to_try(development, tmp_path):
    command, port, variables = development
    with socket.create_server(("127.0.0.1", port)):
        done = ended(command, tmp_path, **variables)
    assert done.returncode == 1
    assert "address already in use" in done.stderr
    assert done.stdout == ""


def test_what_development_stores_is_there_after_a_restart(development, tmp_path):
    command, port, variables = development
    keys = []
    for _ in range(2):
        with running(command, tmp_path, **variables) as server:
            keys.append(get(port, GUN_KEY, trusting(tmp_path)))
            assert server.stop() == 0
    assert keys[0] == keys[1]
    assert keys[0][0] == 200
    assert json.loads(keys[0][1])["keytype"] == "ed25519"


def test_plain_http_on_the_tls_port_is_told_so(development, tmp_path):
    command, port, variables = development
    with (
        running(command, tmp_path, **variables),
        socket.create_connection(("127.0.0.1", port), timeout=10) as client,
    ):
        client.sendall(b"GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = client.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.0 400 Bad Request\r\n")
    assert b"Client sent an HTTP request to an HTTPS server." in answer
