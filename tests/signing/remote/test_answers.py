"""Answers that are whole but are none of a signer's, over both protocols."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.signing import https_answers as answers
from notary.signing.https_answers import Answer, Malformed
from notary.signing.proto import signer_pb2 as pb
from notary.signing.service import SigningRefused, SigningUnavailable, UnknownKey
from tests.running import LIMIT_SECONDS, environment
from tests.signing.remote.peers import peer, saying, tls_of
from tests.signing.remote.test_faults import KEY_ID, unavailable

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda each: st.lists(each) | st.dictionaries(st.text(), each),
)
BODIES = st.binary() | JSON.map(lambda value: json.dumps(value).encode())


@given(BODIES, st.integers(200, 599))
def test_hostile_bodies_raise_nothing_but_our_errors(body, status):
    for read in (answers.key, answers.signature, answers.is_well):
        with pytest.raises(Malformed):
            read(Answer(status, body))
    error = answers.refusal(Answer(status, body), "signer", KEY_ID)
    assert type(error) is SigningUnavailable
    assert str(error).isprintable()


@given(st.text(), st.text(), st.integers(300, 599))
def test_hostile_errors_are_one_line(code, message, status):
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    error = answers.refusal(Answer(status, body), "signer", KEY_ID)
    assert str(error).isprintable()
    assert len(str(error)) < 300


def test_a_deep_body_is_malformed():
    with pytest.raises(Malformed):
        answers.key(Answer(200, b"[" * 60_000))


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (404, "UNKNOWN_KEY", UnknownKey),
        (404, "NOT_FOUND", SigningUnavailable),
        (500, "UNKNOWN_KEY", SigningUnavailable),
        (400, "UNSUPPORTED_ALGORITHM", SigningRefused),
        (400, "INVALID_REQUEST", SigningRefused),
        (403, "CLIENT_CERTIFICATE", SigningRefused),
        (413, "TOO_LARGE", SigningRefused),
        (503, "UNAVAILABLE", SigningUnavailable),
        (500, "INTERNAL", SigningUnavailable),
    ],
)
def test_an_error_of_the_api_is_one_of_ours(status, code, error):
    body = json.dumps({"error": {"code": code, "message": "why"}}).encode()
    assert type(answers.refusal(Answer(status, body), "signer", KEY_ID)) is error


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000,
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 100_000 + b"\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
def test_no_http_answer_is_too_much(run, remote, server_pair, answer):
    with peer(saying(answer), tls_of(server_pair, "https")) as there:
        unavailable(run, remote(there.port, protocol="https", deadline_seconds=2))


@pytest.fixture
def grpc_port(server_pair):
    """A gRPC server that answers every call with what ``said`` was given."""
    said = []

    class Anything(grpc.GenericRpcHandler):
        def service(self, details):
            return grpc.unary_unary_rpc_method_handler(self._answer)

        def _answer(self, request, context):
            if not isinstance(said[0], bytes):
                context.abort(*said[0])
            return said[0]

    pool = ThreadPoolExecutor(2)
    server = grpc.server(pool, [Anything()])
    files = (server_pair.key.read_bytes(), server_pair.certificate.read_bytes())
    credentials = grpc.ssl_server_credentials([files])
    yield server.add_secure_port("127.0.0.1:0", credentials), said, server.start()
    server.stop(0).wait()
    pool.shutdown()


CODES = grpc.StatusCode


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\xff" * 100,
        b"x" * 1_000_000,
        pb.GetKeyInfoResponse(publicKey=b"x").SerializeToString(),
        *((code, "no\nsuch\x1b[31m" * 50) for code in CODES if code.value[0] > 0),
    ],
)
def test_no_grpc_answer_raises_anything_but_our_errors(run, remote, grpc_port, said):
    port, answer, _ = grpc_port
    answer.append(said)
    signer = remote(port)
    expected = {
        CODES.NOT_FOUND: UnknownKey,
        CODES.INVALID_ARGUMENT: SigningRefused,
        CODES.UNAUTHENTICATED: SigningRefused,
        CODES.PERMISSION_DENIED: SigningRefused,
        CODES.UNIMPLEMENTED: SigningRefused,
    }.get(said[0] if isinstance(said, tuple) else None, SigningUnavailable)
    with pytest.raises(expected) as raised:
        run(signer.get_key(KEY_ID))
    assert type(raised.value) in (expected, *SigningUnavailable.__subclasses__())
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 300


FORKED = """
import os, sys
from attrs import evolve
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from notary.settings.model import TrustServiceSettings
from notary.signing.remote import open_remote

signer = open_remote(
    TrustServiceSettings("remote", "localhost", "1", "ecdsa", protocol=sys.argv[1]),
    reactor,
)
if child := os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

async def check():
    try:
        await signer.check()
    except Exception as error:
        print(error)
    await signer.close()
    reactor.stop()

reactor.callWhenRunning(lambda: Deferred.fromCoroutine(check()))
reactor.run()
"""


@pytest.mark.parametrize("protocol", ["grpc", "https"])
def test_it_works_in_a_daemon_and_writes_nothing(tmp_path, protocol):
    done = subprocess.run(
        [sys.executable, "-c", FORKED, protocol],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert done.stdout == "signer localhost:1: connection refused\n", done.stderr
    assert (done.returncode, done.stderr) == (0, "")
