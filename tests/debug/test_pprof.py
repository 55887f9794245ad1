"""``go tool pprof`` and real programs with ``-debug``, on the port that is Go's.

Nothing but these tests needs the port 8080. If another program keeps it they fail.
"""

import http.client
import json
import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from tests.certificates import Authority
from tests.debug.reading import pprof
from tests.running import (
    COMMAND,
    LIMIT_SECONDS,
    SIGNER_COMMAND,
    free_port,
    memory_config,
    running,
    write_config,
)

PORT = 8080
DEBUG = f"http://localhost:{PORT}/debug/"
EVERYTHING = ("-cum", "-nodefraction=0", "-nodecount=9999")
LISTENING = f"Debug server listening on localhost:{PORT}"


@pytest.fixture(autouse=True)
def port_8080():
    """Wait until the port is free, for another test of somebody else may have it."""
    end = time.monotonic() + LIMIT_SECONDS
    while True:
        with suppress(OSError):
            socket.create_server(("127.0.0.1", PORT)).close()
            return
        assert time.monotonic() < end, f"another program keeps port {PORT}"
        time.sleep(0.1)


@contextmanager
def load(port):
    """Have repositories begun, and their keys read, until the end of the block."""
    stop, statuses = threading.Event(), set()

    def ask():
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_SECONDS)
        number = 0
        while not stop.is_set():
            number += 1
            gun = f"example.com/{number // 20}"
            client.request("GET", f"/v2/{gun}/_trust/tuf/timestamp.key")
            answer = client.getresponse()
            answer.read()
            statuses.add(answer.status)
        client.close()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert statuses == {200}


def asked(path):
    client = http.client.HTTPConnection("localhost", PORT, timeout=LIMIT_SECONDS)
    try:
        client.request("GET", path)
        return client.getresponse().read()
    finally:
        client.close()


def test_pprof_reads_what_a_server_under_load_does(tmp_path):
    port = free_port()
    path = write_config(tmp_path, memory_config(port))
    command = [*COMMAND, "-debug", f"-config={path}"]
    with running(command, tmp_path) as server:
        server.wait_for(LISTENING)
        with load(port):
            used = pprof(f"{DEBUG}pprof/profile?seconds=4", tmp_path, *EVERYTHING)
            held = pprof(f"{DEBUG}pprof/heap?seconds=2", tmp_path, *EVERYTHING)
            waits = pprof(f"{DEBUG}pprof/goroutine", tmp_path, *EVERYTHING)
            counted = json.loads(asked("/debug/vars"))
            assert asked("/debug/health") == b"{}"
        assert server.stop() == 0
    assert "Type: cpu\n" in used
    assert " notary.web.app._respond\n" in used
    assert " notary.server.online_keys.get_key\n" in used
    assert "Type: inuse_space\n" in held
    assert "What was allocated by Python in this time and is still in use." in held
    assert " notary.signing.local.LocalSigner._new_row\n" in held
    assert "Type: goroutine\n" in waits
    assert "notary.debug.pages.goroutine" in waits
    assert counted["cmdline"][1:] == ["-debug", f"-config={path}"]
    assert counted["notary"]["process_resident_memory_bytes"] > 10**7


def signer_config(folder):
    """Write the configuration of a signer, everything in memory; return its path."""
    authority = Authority(folder)
    pair = authority.issue("signer")
    config = {
        "server": {
            "grpc_addr": f"127.0.0.1:{free_port()}",
            "http_addr": f"127.0.0.1:{free_port()}",
            "tls_cert_file": str(pair.certificate),
            "tls_key_file": str(pair.key),
            "client_ca_file": str(authority.certificate),
        },
        "storage": {"backend": "memory"},
        "logging": {"level": "info"},
    }
    return write_config(folder, config)


def test_the_debug_server_leaves_the_level_of_the_log_alone(tmp_path):
    path = write_config(tmp_path, memory_config(free_port()))
    with running([*COMMAND, "-debug", f"-config={path}"], tmp_path) as server:
        server.wait_for(LISTENING)
        server.stop()
    assert {json.loads(line)["level"] for line in server.log} == {"info"}


def test_of_two_programs_with_debug_on_a_machine_one_has_it_and_both_work(tmp_path):
    path = signer_config(tmp_path / "signer")
    signer = running([*SIGNER_COMMAND, "-debug", f"-config={path}"], tmp_path)
    port = free_port()
    path = write_config(tmp_path, memory_config(port))
    server = running([*COMMAND, "-debug", f"-config={path}"], tmp_path)
    with signer as first:
        first.wait_for(LISTENING)
        with server as second:
            said = json.loads(second.wait_for("no debug server"))
            assert (said["level"], said["msg"]) == (
                "warning",
                f"no debug server: listen tcp localhost:{PORT}:"
                " bind: address already in use",
            )
            with load(port):
                assert b"notary" in asked("/debug/pprof/goroutine?debug=2")
            used = pprof(f"{DEBUG}pprof/profile?seconds=1", tmp_path)
            assert "Type: cpu\n" in used
            assert asked("/debug/health") == b"{}"
            assert second.stop() == 0
        assert first.stop() == 0
