"""How the gRPC server begins and ends: binding, files, draining, forking."""

import socket

import pytest

from notary.settings import SettingsError
from notary.signer.rpc_server import GRPCListener
from notary.signer.rpc_tls import rpc_tls
from notary.signing.proto import signer_pb2 as pb
from tests.running import free_port
from tests.signer.calls import CREATE
from tests.signer.conftest import Served

REQUEST = pb.CreateKeyRequest(gun="example.com/app", algorithm="ecdsa")


@pytest.fixture
def tls(authority, server_pair):
    return rpc_tls(server_pair.certificate, server_pair.key, authority.certificate)


@pytest.fixture
def listener_on(reactor_thread, signer, tls):
    """Make a server for an address."""
    return lambda address: GRPCListener(reactor_thread, address, signer, tls)


@pytest.mark.parametrize("taken", ["", "127.0.0.1"])
@pytest.mark.parametrize("wanted", ["", "127.0.0.1", "localhost"])
def test_an_address_in_use_ends_the_program_with_one_line(
    run, listener_on, log_lines, taken, wanted
):
    with socket.create_server((taken, 0)) as other:
        address = f"{wanted}:{other.getsockname()[1]}"
        listener = listener_on(address)
        with pytest.raises(SystemExit) as caught:
            run(_privileged(listener))
    assert caught.value.code == 1
    (line,) = log_lines()
    assert line["msg"] == f"listen tcp {address}: bind: address already in use"
    assert line["level"] == "fatal"


def test_two_listeners_never_share_an_address(run, listener_on, serve, signer):
    served = serve(signer)
    again = listener_on(f"127.0.0.1:{served.port}")
    with pytest.raises(SystemExit):
        run(_privileged(again))


@pytest.mark.parametrize("host", ["", "localhost", "127.0.0.1", "[::1]", "[::]"])
def test_addresses_are_those_of_go(run, listener_on, connect, log_lines, host):
    port = free_port()
    listener = listener_on(f"{host}:{port}")
    run(_started(listener))
    try:
        assert connect(Served(port, listener), host=_reached(host)).check() == 1
    finally:
        run(_stopped(listener))
    (line,) = [line for line in log_lines() if line["msg"].startswith("Starting")]
    assert line["msg"] == f"Starting on {host}:{port} (gRPC)"


def _reached(host):
    return host if host in ("127.0.0.1", "[::1]") else "localhost"


def test_a_host_that_nobody_knows_is_one_line(run, listener_on, log_lines):
    listener = listener_on("no.such.invalid:1")
    with pytest.raises(SystemExit):
        run(_privileged(listener))
    (line,) = log_lines()
    assert line["msg"] == "listen tcp no.such.invalid:1: the host is not known"


def test_calls_in_flight_are_answered_before_the_end(
    run, serve, connect, held, eventually
):
    served = serve(held)
    client = connect(served)
    call = client.start(CREATE, REQUEST)
    eventually(lambda: held.begun == 1)
    stopping = run(_begin_to_stop(served.listener))
    eventually(lambda: not _listens(served.port))
    late = connect(served).start(CREATE, REQUEST)
    assert late.code().name == "UNAVAILABLE"
    assert not stopping.called
    held.go_on()
    assert call.result().publicKey
    eventually(lambda: stopping.called)


def test_calls_that_never_end_are_given_up(run, serve, connect, held, eventually):
    served = serve(held, drain_seconds=0.5)
    call = connect(served).start(CREATE, REQUEST)
    eventually(lambda: held.begun == 1)
    stopping = run(_begin_to_stop(served.listener))
    assert call.code().name in ("CANCELLED", "UNAVAILABLE")
    held.go_on()
    eventually(lambda: stopping.called)


def test_stopping_before_the_start_is_no_failure(run, listener_on):
    listener = listener_on(f"127.0.0.1:{free_port()}")
    run(_stopped(listener))
    run(_privileged(listener))
    run(_stopped(listener))


def test_a_port_is_free_again_after_the_end(run, serve, connect, signer):
    served = serve(signer)
    assert connect(served).check() == 1
    run(_stopped(served.listener))
    socket.create_server(("127.0.0.1", served.port)).close()


def test_every_problem_with_the_files_is_named(tmp_path, authority, server_pair):
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----")
    with pytest.raises(SettingsError) as caught:
        rpc_tls(server_pair.certificate, wrong, tmp_path / "missing.pem")
    key, ca = caught.value.problems
    assert key.startswith("server.tls_cert_file: Could not load X509 key pair")
    assert key.endswith(f"{wrong} holds no readable, unencrypted PEM key")
    assert ca.startswith("server.client_ca_file: could not read CA certificate")
    assert "secret" not in str(caught.value)
    other = authority.issue("other")
    with pytest.raises(SettingsError, match="does not match"):
        rpc_tls(server_pair.certificate, other.key, None)


def test_the_key_is_in_no_repr(tls):
    assert "PRIVATE KEY" not in repr(tls)


def _listens(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


async def _privileged(listener):
    listener.privilegedStartService()


async def _started(listener):
    listener.privilegedStartService()
    listener.startService()


async def _stopped(listener):
    await listener.stopService()


async def _begin_to_stop(listener):
    return _Stopping(listener.stopService())


class _Stopping:
    def __init__(self, ended):
        self.called = False
        ended.addCallback(self._ended)

    def _ended(self, _):
        self.called = True
