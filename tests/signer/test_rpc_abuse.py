"""Whatever a client sends or does, the signer lives and the other keys are intact."""

import gzip
import random
import threading

import grpc
import pytest

from notary.signer.rpc_server import MAX_CALLS, MAX_REQUEST_BYTES
from notary.signing.proto import signer_pb2 as pb
from tests.signer.calls import CHECK, CREATE, DELETE, INFO, SIGN, signature_request

METHODS = [CREATE, DELETE, INFO, SIGN, CHECK]
FLOOD = 2000


@pytest.fixture
def intact(client):
    """Check at the end that a key made before is still there and signs."""
    key_id = client.create("example.com/intact").keyInfo.keyID.ID
    yield
    assert client.info(key_id).keyInfo.keyID.ID == key_id  # noqa: SIM300
    assert len(client.sign(key_id, b"payload").content) == 64


pytestmark = pytest.mark.usefixtures("intact")


@pytest.mark.parametrize(
    ("method", "request_without_id"),
    [
        (SIGN, pb.SignatureRequest(content=b"x")),
        (SIGN, pb.SignatureRequest(keyID=pb.KeyID(), content=b"x")),
        (DELETE, pb.KeyID()),
        (INFO, pb.KeyID()),
    ],
)
def test_a_request_that_names_no_key_touches_none(client, method, request_without_id):
    expected = ("INVALID_ARGUMENT", "the request names no key")
    assert client.failure(method, request_without_id) == expected


def test_the_largest_payload_is_signed_and_one_byte_more_is_not(client):
    key_id = client.create().keyInfo.keyID.ID
    around = signature_request(key_id, b"x" * MAX_REQUEST_BYTES).ByteSize()
    largest = b"x" * (2 * MAX_REQUEST_BYTES - around)
    assert len(client.sign(key_id, largest).content) == 64
    for request in (largest + b"x", b"x" * 4 * MAX_REQUEST_BYTES):
        code, text = client.failure(SIGN, signature_request(key_id, request))
        assert code == "RESOURCE_EXHAUSTED"
        assert "message larger than max" in text


def test_a_compressed_payload_has_the_same_limit(client):
    stub = client.channel.unary_unary(SIGN)
    content = signature_request("a", bytes(4 * MAX_REQUEST_BYTES)).SerializeToString()
    assert len(gzip.compress(content)) < MAX_REQUEST_BYTES
    with pytest.raises(grpc.RpcError) as caught:
        stub(content, timeout=20, compression=grpc.Compression.Gzip)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize("method", METHODS)
def test_random_bytes_are_no_message(client, method):
    chance = random.Random(method)
    for size in [1, 2, 5, 20, 100, 1000] * 5:
        code, text = client.failure(method, b"\xff" + chance.randbytes(size))
        assert code == "INTERNAL"
        assert text.startswith("the request is no readable ")


@pytest.mark.parametrize("method", METHODS)
def test_text_that_is_no_utf8_is_no_message(client, method):
    assert client.failure(method, b"\x0a\x02\xc3\x28")[0] == "INTERNAL"


@pytest.mark.parametrize("method", [CREATE, DELETE, INFO, SIGN])
def test_a_call_without_a_message_is_one_without_its_fields(client, method):
    with pytest.raises(grpc.RpcError) as caught:
        client.channel.stream_unary(method)(iter(()), timeout=20)
    assert caught.value.code().name in ("INVALID_ARGUMENT", "UNKNOWN")


@pytest.mark.parametrize(
    "method", ["/proto.Signer/sign", "/proto.Nobody/Sign", "/", "/proto.Signer/", "//"]
)
def test_an_unknown_method_is_not_implemented(client, method):
    assert client.failure(method, b"")[0] == "UNIMPLEMENTED"


def test_a_flood_is_bounded(serve, connect, held, eventually):
    served = serve(held, call_seconds=60)
    clients = [connect(served) for _ in range(8)]
    calls = [
        clients[n % 8].start(CREATE, pb.CreateKeyRequest(algorithm="ed25519"))
        for n in range(FLOOD)
    ]
    eventually(lambda: sum(call.done() for call in calls) >= FLOOD - MAX_CALLS)
    held.go_on()
    codes = [_code(call) for call in calls]
    assert set(codes) == {None, grpc.StatusCode.RESOURCE_EXHAUSTED}
    assert codes.count(None) == MAX_CALLS
    assert clients[0].create().publicKey


def test_a_thousand_calls_at_once_of_one_client_are_all_answered(client):
    request = pb.CreateKeyRequest(gun="a", role="timestamp", algorithm="ed25519")
    calls = [client.start(CREATE, request) for _ in range(1000)]
    assert len({call.result().publicKey for call in calls}) == 1


def test_a_client_that_hangs_up_costs_nothing(serve, connect, held, eventually):
    served = serve(held)
    leaving = connect(served)
    request = pb.CreateKeyRequest(gun="left", role="timestamp", algorithm="ecdsa")
    calls = [leaving.start(CREATE, request) for _ in range(10)]
    eventually(lambda: held.begun == 10)
    for call in calls[:5]:
        call.cancel()
    leaving.close()
    held.go_on()
    eventually(lambda: held.ended == 10)
    assert connect(served).create("left").publicKey


def test_clients_that_never_send_their_request_are_cut_off(
    serve, connect, signer, authority
):
    served = serve(signer, call_seconds=0.5)
    idle, silent = connect(served), threading.Event()
    stubs = [idle.channel.stream_unary(method) for method in METHODS] * 20
    calls = [stub.future(_nothing_until(silent), timeout=20) for stub in stubs]
    try:
        assert {call.code() for call in calls} == {grpc.StatusCode.CANCELLED}
        assert connect(served).create().publicKey
    finally:
        silent.set()


def test_a_call_has_a_deadline(serve, connect, held, log_lines):
    served = serve(held, call_seconds=0.5)
    failure = connect(served).failure(CREATE, pb.CreateKeyRequest(algorithm="ecdsa"))
    assert failure == ("DEADLINE_EXCEEDED", "the signer found no answer in time")
    (line,) = [line for line in log_lines() if "kind" in line]
    assert (line["level"], line["kind"]) == ("error", "proto.CreateKeyRequest")
    held.go_on()
    assert connect(served).create().publicKey


def _nothing_until(event):
    event.wait(20)
    yield from ()


def _code(call):
    error = call.exception()
    return None if error is None else error.code()
