"""Every call that was recorded with the Go signer, made again to ours."""

import json
from pathlib import Path

import grpc
import pytest
from google.protobuf import text_format

from notary.signing.keystore import MemoryKeyStore
from notary.signing.local import LocalSigner
from notary.signing.proto import signer_pb2 as pb
from notary.storage.sql_keys import SQLKeyStore
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import Signature, verifies
from tests.recorded_keys import PASSPHRASES, recorded_keys
from tests.signer.calls import CREATE, DELETE, INFO, SIGN
from tests.signing.conftest import NOW

RECORDED = json.loads(
    (Path(__file__).parent.parent / "data" / "signer" / "grpc.json").read_text()
)
KINDS = {
    "create": (CREATE, pb.CreateKeyRequest, pb.PublicKey),
    "delete": (DELETE, pb.KeyID, pb.Void),
    "info": (INFO, pb.KeyID, pb.GetKeyInfoResponse),
    "sign": (SIGN, pb.SignatureRequest, pb.Signature),
}
# What the Go signer answers to these is a fault of its own.
BETTER = {
    "create long gun": (
        "INVALID_ARGUMENT",
        "the name of the repository or the role is too long",
    ),
    "info empty": ("INVALID_ARGUMENT", "the request names no key"),
    "sign 5 MB content": (
        "RESOURCE_EXHAUSTED",
        "SERVER: Received message larger than max (5242953 vs. 4194304)",
    ),
    "sign no keyID (crashes the Go signer)": (
        "INVALID_ARGUMENT",
        "the request names no key",
    ),
}
# The recording holds only the beginning of these requests.
SHORTENED = {
    "create long gun": f'algorithm: "ecdsa" gun: "{"g" * 300}" role: "timestamp"',
    "sign 5 MB content": f'keyID {{ ID: "{"0" * 64}" }} content: "{"x" * 5 * 2**20}"',
}


class Replay:
    """Makes recorded calls; knows which of our keys stands for which recorded one."""

    def __init__(self, client):
        self._client = client
        self._ids = {}
        self._keys = {}

    def outcome(self, call):
        """Return the answer as the recording has it, or the code and the text."""
        method, asked, answered = KINDS[call["name"].split()[0]]
        text = SHORTENED.get(call["name"], call["request"])
        for recorded, ours in self._ids.items():
            text = text.replace(recorded, ours)
        request = text_format.Parse(text, asked())
        try:
            answer = self._client.call(method, request)
        except grpc.RpcError as error:
            return error.code().name, self._in_recorded_ids(error.details())
        expected = text_format.Parse(call.get("response", ""), answered())
        self._compare(method, request, answer, expected)
        return self._in_recorded_ids(text_format.MessageToString(answer))

    def _compare(self, method, request, answer, expected):
        """Check what differs in every run; put what was recorded in its place."""
        if method == CREATE:
            ours, recorded = answer.keyInfo.keyID.ID, expected.keyInfo.keyID.ID
            assert self._ids.setdefault(recorded, ours) == ours
            self._keys[ours] = PublicKey(
                answer.keyInfo.algorithm.algorithm, answer.publicKey
            )
        if method == SIGN:
            key_id = answer.keyInfo.keyID.ID
            made = Signature(key_id, answer.algorithm.algorithm, answer.content)
            assert verifies(self._keys[key_id], made, request.content)
            answer.content = expected.content
        if method in (CREATE, INFO):
            assert len(answer.publicKey) == len(expected.publicKey)
            answer.publicKey = expected.publicKey

    def _in_recorded_ids(self, text):
        for recorded, ours in self._ids.items():
            text = text.replace(ours, recorded)
        return text


@pytest.fixture(params=["memory", "sqlite", "mysql"])
def keys(request, run):
    """An empty key store of each kind."""
    if request.param == "memory":
        return MemoryKeyStore()
    name = {"sqlite": "open_database", "mysql": "open_mysql_keys"}[request.param]
    return SQLKeyStore(request.getfixturevalue(name)())


@pytest.fixture
def client(serve, connect, run, keys, now):
    """A client of a signer that has all the recorded keys."""
    for row in recorded_keys():
        run(keys.insert(row, NOW))
    return connect(serve(LocalSigner(keys, PASSPHRASES, now)))


def test_every_recorded_call_ends_as_it_did(client):
    replay = Replay(client)
    calls = [call for call in RECORDED if call["name"].split()[0] in KINDS]
    assert len(calls) == 22
    for call in calls:
        recorded = call.get("response") if call["ok"] else tuple(_status(call))
        expected = BETTER.get(call["name"], recorded)
        assert replay.outcome(call) == expected, call["name"]


def test_every_recorded_health_check_ends_as_it_did(client):
    checks = [call for call in RECORDED if call["name"].startswith("health")]
    assert len(checks) == 5
    for call in checks:
        service = call["name"].removeprefix("health").strip()
        try:
            outcome = f"08{client.check(service):02}"
        except grpc.RpcError as error:
            outcome = (error.code().name, error.details())
        assert outcome == (call.get("response") or _status(call))


def test_a_key_that_the_go_signer_made_is_told_as_it_tells_it(client):
    (call,) = [call for call in RECORDED if call["name"] == "info empty"]
    expected = text_format.Parse(call["response"], pb.GetKeyInfoResponse())
    assert client.info(expected.keyInfo.keyID.ID) == expected


def test_a_key_that_the_go_signer_made_signs(client):
    row = next(row for row in recorded_keys() if row.algorithm == "ed25519")
    answer = client.sign(row.key_id, b"payload")
    assert answer.algorithm.algorithm == "eddsa"
    made = Signature(row.key_id, "eddsa", answer.content)
    assert verifies(PublicKey("ed25519", row.public), made, b"payload")


def _status(call):
    return call["code"], call["details"]
