"""What clients are told when a call does not succeed, and what is logged of calls."""

import grpc
import pytest

from notary.signer.rpc import CallFailed, KeyCalls
from notary.signing.keystore import MemoryKeyStore
from notary.signing.local import LocalSigner
from notary.signing.passphrase import ephemeral
from notary.signing.proto import signer_pb2 as pb
from notary.signing.service import (
    SigningRefused,
    SigningUnavailable,
    UnknownKey,
)
from notary.storage.sql_keys import SQLKeyStore
from tests.signer.calls import CREATE, DELETE, INFO, SIGN, signature_request
from tests.signer.doubles import DeadKeyStore, Empty, Failing

KEY_ID = "a1" * 32
EVERY_CALL = {
    CREATE: pb.CreateKeyRequest(gun="example.com/app", role="root", algorithm="ecdsa"),
    DELETE: pb.KeyID(ID=KEY_ID),
    INFO: pb.KeyID(ID=KEY_ID),
    SIGN: signature_request(KEY_ID, b"the payload"),
}
UNAVAILABLE = {
    CREATE: "Key creation failed",
    DELETE: f"Key deletion for KeyID {KEY_ID} failed",
    INFO: f"Lookup of KeyID {KEY_ID} failed",
    SIGN: f"Signing failed for KeyID {KEY_ID}",
}
CALLS = pytest.mark.parametrize("method", EVERY_CALL)


@CALLS
def test_a_failing_signer_is_told_without_its_reason(serve, connect, log_lines, method):
    signer = Failing(SigningUnavailable("the key store failed: db.example"))
    client = connect(serve(signer))
    failure = client.failure(method, EVERY_CALL[method])
    assert failure == ("INTERNAL", UNAVAILABLE[method])
    (line,) = [line for line in log_lines() if "failed" in line["msg"]]
    assert line["level"] == "error"
    assert line["reason"] == "the key store failed: db.example"


@CALLS
def test_a_refusal_is_the_fault_of_the_client(serve, connect, method):
    client = connect(serve(Failing(SigningRefused("the name is too long"))))
    failure = client.failure(method, EVERY_CALL[method])
    assert failure == ("INVALID_ARGUMENT", "the name is too long")


@CALLS
def test_an_unexpected_fault_is_opaque_and_logged_once(
    serve, connect, log_lines, method
):
    client = connect(serve(Failing(RuntimeError("password: correct horse"))))
    failure = client.failure(method, EVERY_CALL[method])
    assert failure == ("INTERNAL", "internal error of the signer")
    assert [line["level"] for line in log_lines() if "traceback" in line] == ["error"]
    assert client.check() == 1


@pytest.mark.parametrize(
    ("method", "text"),
    [
        (INFO, f"key {KEY_ID} not found"),
        (SIGN, f"signing key not found: {KEY_ID}"),
    ],
)
def test_an_unknown_key_is_told_from_a_failure(serve, connect, method, text):
    client = connect(serve(Failing(UnknownKey(KEY_ID))))
    assert client.failure(method, EVERY_CALL[method]) == ("NOT_FOUND", text)


@pytest.mark.parametrize("method", [CREATE, INFO])
def test_an_empty_key_is_never_an_answer(serve, connect, method):
    failure = connect(serve(Empty())).failure(method, EVERY_CALL[method])
    assert failure == ("INTERNAL", UNAVAILABLE[method])


def test_keys_are_kept_while_the_database_is_away(serve, connect, now):
    store = DeadKeyStore()
    client = connect(serve(LocalSigner(store, ephemeral(), now, cache_size=0)))
    key_id = client.create().keyInfo.keyID.ID
    store.dead = True
    for method, request in EVERY_CALL.items():
        assert client.failure(method, request) == ("INTERNAL", UNAVAILABLE[method])
    store.dead = False
    found, made = client.info(key_id), client.sign(key_id, b"payload")
    assert {found.keyInfo.keyID.ID, made.keyInfo.keyID.ID} == {key_id}


def test_the_log_tells_the_call_but_never_the_payload(client, log_lines):
    key_id = client.create("example.com/app", "snapshot").keyInfo.keyID.ID
    client.info(key_id)
    client.sign(key_id, b"the payload")
    client.delete(key_id)
    lines = [line for line in log_lines() if "outcome" in line]
    told = [(line["operation"], line["key_id"], line["outcome"]) for line in lines]
    assert told == [
        (operation, key_id, "OK")
        for operation in ("CreateKey", "GetKeyInfo", "Sign", "DeleteKey")
    ]
    assert (lines[0]["gun"], lines[0]["role"]) == ("example.com/app", "snapshot")
    assert "payload" not in str(lines)


def test_long_texts_of_a_client_are_cut(client, log_lines):
    code, text = client.failure(INFO, pb.KeyID(ID="x" * 100_000))
    assert (code, text) == ("NOT_FOUND", f"key {'x' * 255}... not found")
    request = pb.CreateKeyRequest(algorithm="y" * 100_000, gun="z" * 100_000)
    code, text = client.failure(CREATE, request)
    assert (code, len(text)) == ("UNKNOWN", 297)
    assert max(len(line) for line in map(str, log_lines())) < 2000


def test_a_service_that_knows_no_roles_is_served(run, now):
    class WithoutRoles:
        def __init__(self, signer):
            self.create_key, self.get_key = signer.create_key, signer.get_key
            self.sign, self.delete_key = signer.sign, signer.delete_key

    signer = WithoutRoles(LocalSigner(MemoryKeyStore(), ephemeral(), now))
    key = run(signer.create_key("gun", "timestamp", "ecdsa"))
    answer = run(KeyCalls(signer).get_key_info(pb.KeyID(ID=key.key_id)))
    assert (answer.publicKey, answer.role) == (key.public, "")


@pytest.mark.parametrize("method", [DELETE, INFO, SIGN])
def test_a_call_without_a_key_id_is_refused_before_the_signer_sees_it(run, method):
    calls = KeyCalls(Failing(AssertionError("asked")))
    call, request = {
        DELETE: (calls.delete_key, pb.KeyID()),
        INFO: (calls.get_key_info, pb.KeyID()),
        SIGN: (calls.sign, pb.SignatureRequest(content=b"x")),
    }[method]
    with pytest.raises(CallFailed) as caught:
        run(call(request))
    assert caught.value.code is grpc.StatusCode.INVALID_ARGUMENT


@pytest.fixture(params=["open_database", "open_mysql_keys"])
def database(request):
    return request.getfixturevalue(request.param)()


def test_a_database_that_is_gone_is_told(serve, connect, run, now, database):
    signer = LocalSigner(SQLKeyStore(database), ephemeral(), now)
    client = connect(serve(signer))
    assert client.create().publicKey
    run(database.close())
    for method, asked in EVERY_CALL.items():
        assert client.failure(method, asked) == ("INTERNAL", UNAVAILABLE[method])
    assert client.check() == 1
