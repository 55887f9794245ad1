"""What happens when the signer does not do its part; over real sockets."""

import time

import pytest
from twisted.internet.defer import Deferred, DeferredList

from notary.signing.service import SigningUnavailable
from tests.running import free_port
from tests.signing.remote.conftest import PROTOCOLS
from tests.signing.remote.peers import peer, saying, silent, tls_of

KEY_ID = "0" * 64
CALLS = {
    "create": lambda signer: signer.create_key("gun", "timestamp", "ecdsa"),
    "get": lambda signer: signer.get_key(KEY_ID),
    "sign": lambda signer: signer.sign(KEY_ID, b"payload"),
    "delete": lambda signer: signer.delete_key(KEY_ID),
    "check": lambda signer: signer.check(),
}
GARBAGE = {
    "nothing": b"",
    "zeros": b"\0" * 100_000,
    "HTTP/1.0": b"HTTP/1.0 400 Bad Request\r\n\r\nspeak TLS\n",
    "an HTTP header": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    "half an answer": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
    "two lengths": b"HTTP/1.1 200 x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "a bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a bad coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\n\r\nzz\r\n",
    "false gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nzz\r\n",
    "no line": b"x" * 100_000,
    "a redirect": b"HTTP/1.1 301 x\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
    "HTTP/2 settings": b"\0\0\0\4\0\0\0\0\0",
    "HTTP/2 goaway": b"\0\0\0\4\0\0\0\0\0" + b"\0\0\10\7" + b"\0" * 13,
    "HTTP/2 nonsense": b"\0\0\0\4\0\0\0\0\0" + b"\0\0\1\1\4\0\0\0\1\x80",
}


async def all_of(calls):
    """Make all calls at once; return what each returns or raises."""
    begun = [Deferred.fromCoroutine(call) for call in calls]
    outcomes = await DeferredList(begun, consumeErrors=True)
    return [result if good else result.value for good, result in outcomes]


def unavailable(run, signer, call="get"):
    """Return message and seconds of a call that must find no signer."""
    begun = time.monotonic()
    with pytest.raises(SigningUnavailable) as raised:
        run(CALLS[call](signer))
    message = str(raised.value)
    assert message.isprintable()
    assert len(message) < 400
    return message, time.monotonic() - begun


@PROTOCOLS
@pytest.mark.parametrize("call", CALLS)
def test_a_port_where_nobody_listens_is_told(run, remote, protocol, call):
    port = free_port()
    message, seconds = unavailable(run, remote(port, protocol=protocol), call)
    assert message == f"signer localhost:{port}: connection refused"
    assert seconds < 4  # of the 5 that a call may take


@PROTOCOLS
@pytest.mark.parametrize("secure", [False, True])
def test_a_silent_peer_costs_no_more_than_the_deadline(
    run, remote, protocol, server_pair, secure
):
    with peer(silent, tls_of(server_pair, protocol) if secure else None) as there:
        signer = remote(there.port, protocol=protocol, deadline_seconds=1)
        begun = time.monotonic()
        outcomes = run(all_of(call(signer) for call in CALLS.values()))
        assert 0.9 < time.monotonic() - begun < 1.5
    assert [type(outcome) for outcome in outcomes] == [SigningUnavailable] * len(CALLS)
    assert all("no answer" in str(outcome) for outcome in outcomes)


@PROTOCOLS
@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("secure", [False, True])
def test_garbage_is_no_answer(run, remote, protocol, server_pair, *, garbage, secure):
    tls = tls_of(server_pair, protocol) if secure else None
    with peer(saying(GARBAGE[garbage]), tls) as there:
        signer = remote(there.port, protocol=protocol, deadline_seconds=1)
        for call in ("get", "create"):
            unavailable(run, signer, call)
