"""How many connections there are, what is in their options, and that they end."""

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from notary.signing.service import SigningUnavailable
from notary.tuf.signatures import verifies
from tests.cutting_proxy import cutting_proxy
from tests.signing.remote.conftest import PROTOCOLS
from tests.signing.remote.peers import peer, silent, tls_of
from tests.signing.remote.test_faults import CALLS, all_of

FEW = {"grpc": 1, "https": 8}


def sockets_to(port):
    """Return the descriptors of this process's sockets connected to a port."""
    inodes = set()
    for table in ("/proc/self/net/tcp", "/proc/self/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if int(fields[2].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    return [each for each in os.listdir("/proc/self/fd") if _file(each) in inodes]


def _file(descriptor):
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return ""


@pytest.fixture
def eventually():
    """Wait until something is true, at most five seconds."""

    def wait(true):
        deadline = time.monotonic() + 5
        while not true() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert true()

    return wait


def new_threads(threads):
    """Return threads that are neither among these nor of the reactor or the server."""
    others = set(threading.enumerate()) - threads
    pools = ("PoolThread", "grpc_")
    return [each for each in others if not each.name.startswith(pools)]


@PROTOCOLS
def test_many_calls_at_once_share_few_connections(run, remote, serve, local, protocol):
    with cutting_proxy(serve(local, protocol).port) as proxy:
        signer = remote(proxy.port, protocol=protocol)
        key = run(signer.create_key("gun", "timestamp", "ecdsa"))
        payloads = [b"%d" % number for number in range(200)]
        for _ in range(2):
            calls = [signer.sign(key.key_id, payload) for payload in payloads]
            signatures = run(all_of(calls))
            assert all(map(verifies, [key] * 200, signatures, payloads))
        assert proxy.accepted <= FEW[protocol]


def test_a_call_over_https_is_sent_in_one_piece(run, remote, server_pair):
    records = []

    def record(connection):
        while data := connection.recv(65536):
            records.append(data)
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with peer(record, tls_of(server_pair, "https")) as there:
        signer = remote(there.port, protocol="https")
        run(all_of([CALLS["create"](signer)]))
    assert len(records) == 1
    assert records[0].startswith(b"POST /v1/keys HTTP/1.1\r\n")
    assert records[0].endswith(b"}")


@PROTOCOLS
def test_nothing_is_connected_before_the_first_call(
    run, remote, serve, local, protocol
):
    with cutting_proxy(serve(local, protocol).port) as proxy:
        signer = remote(proxy.port, protocol=protocol)
        run(signer.close())
        assert proxy.accepted == 0


@PROTOCOLS
def test_a_cut_connection_is_replaced_within_the_call(
    run, remote, serve, local, protocol
):
    with cutting_proxy(serve(local, protocol).port) as proxy:
        signer = remote(proxy.port, protocol=protocol)
        key = run(signer.create_key("gun", "timestamp", "ecdsa"))
        for _ in range(20):
            proxy.cut()
            run(signer.sign(key.key_id, b""))


@PROTOCOLS
def test_nothing_is_left_after_close(
    run, remote, serve, local, *, protocol, eventually
):
    threads = set(threading.enumerate())
    port = serve(local, protocol).port
    threads |= set(threading.enumerate())
    signer = remote(port, protocol=protocol)
    key = run(signer.create_key("gun", "timestamp", "ecdsa"))
    run(signer.sign(key.key_id, b""))
    assert len(sockets_to(port)) == 1
    run(signer.close())
    eventually(lambda: len(sockets_to(port)) == 0)
    eventually(lambda: not new_threads(threads))
    with pytest.raises(SigningUnavailable, match="closed"):
        run(signer.check())


@PROTOCOLS
@pytest.mark.parametrize("secure", [False, True])
def test_close_ends_calls_that_wait(
    run, remote, server_pair, protocol, *, secure, eventually
):
    with peer(silent, tls_of(server_pair, protocol) if secure else None) as there:
        signer = remote(there.port, protocol=protocol)

        async def calls_and_close():
            calls = [call(signer) for call in CALLS.values()]
            return await all_of([*calls, signer.close()])

        begun = time.monotonic()
        *outcomes, _ = run(calls_and_close())
        assert time.monotonic() - begun < 1.5
        assert {type(outcome) for outcome in outcomes} == {SigningUnavailable}
        eventually(lambda: len(sockets_to(there.port)) == 0)


def test_a_call_that_is_too_late_lets_go_of_its_connection(
    run, remote, server_pair, eventually
):
    with peer(silent, tls_of(server_pair, "https")) as there:
        signer = remote(there.port, protocol="https", deadline_seconds=1)
        run(all_of(CALLS["get"](signer) for _ in range(20)))
        eventually(lambda: not sockets_to(there.port))


def test_what_nobody_acknowledges_ends_a_grpc_connection(run, remote, serve, local):
    port = serve(local, "grpc").port
    signer = remote(port, deadline_seconds=3)
    run(signer.check())
    (descriptor,) = sockets_to(port)
    with socket.socket(fileno=os.dup(int(descriptor))) as connection:
        user_timeout = connection.getsockopt(socket.SOL_TCP, socket.TCP_USER_TIMEOUT)
    assert user_timeout == 3000
