"""How many connections a gRPC server of ours takes, and how much beside a request."""

import socket
from contextlib import ExitStack

import grpc
import pytest

from notary.signer.rpc_server import MAX_METADATA_BYTES
from tests.signer.calls import CHECK

CONNECTIONS = 5


def test_there_are_no_more_connections_than_allowed(serve, connect, signer, eventually):
    served = serve(signer, connections=CONNECTIONS)
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            address = ("127.0.0.1", served.port)
            stack.enter_context(socket.create_connection(address, 20))
        late = connect(served)
        assert late.failure(CHECK, b"")[0] == "UNAVAILABLE"
    eventually(lambda: late.start(CHECK, b"").exception() is None)


@pytest.mark.parametrize(("size", "taken"), [(1000, True), (MAX_METADATA_BYTES, False)])
def test_what_comes_beside_a_request_is_limited(client, size, taken):
    call = client.channel.unary_unary(CHECK)
    future = call.future(b"", timeout=20, metadata=[("x-more", "a" * size)])
    error = future.exception()
    assert (error is None) == taken
    assert taken or error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
