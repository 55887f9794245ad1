"""The operations of the HTTPS API: what they answer, and what they leave in the log."""

import base64
import json
from importlib.resources import files

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from notary.settings.model import LimitsSettings
from notary.signer.api import make_signer_site
from notary.signing.service import SigningRefused, SigningUnavailable
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import Signature, verifies
from tests.server.doubles import SignerDown
from tests.signer.api.conftest import well

GUN = "example.com/app"
UNKNOWN = "0" * 64
PAYLOAD = b'{"_type":"Timestamp","secret":"hunter2"}'


def new_key(algorithm="ecdsa", gun=GUN, role="timestamp"):
    return {"gun": gun, "role": role, "algorithm": algorithm}


def payload(data=PAYLOAD):
    return {"payload": base64.b64encode(data).decode()}


def public(answer):
    return PublicKey(answer.json["algorithm"], base64.b64decode(answer.json["public"]))


def signed(answer):
    found = answer.json
    value = base64.b64decode(found["signature"])
    return Signature(found["key_id"], found["method"], value)


@pytest.mark.parametrize("algorithm", ["ecdsa", "ed25519"])
def test_a_key_is_made_found_used_and_forgotten(client, algorithm):
    made = client("POST", "/v1/keys", new_key(algorithm))
    key = public(made)
    path = f"/v1/keys/{key.key_id}"
    assert made.json["key_id"] == key.key_id
    assert client("GET", path).json == made.json
    signature = signed(client("POST", f"{path}/signatures", payload()))
    assert signature.key_id == key.key_id
    assert verifies(key, signature, PAYLOAD)
    assert [client("DELETE", path).status for _ in range(2)] == [204, 204]
    assert client("GET", path).code == "UNKNOWN_KEY"
    assert client("POST", f"{path}/signatures", payload()).code == "UNKNOWN_KEY"


def test_an_unused_key_is_returned_again_until_it_signs(client):
    first = client("POST", "/v1/keys", new_key()).json
    assert client("POST", "/v1/keys", new_key()).json == first
    client("POST", f"/v1/keys/{first['key_id']}/signatures", payload())
    assert client("POST", "/v1/keys", new_key()).json != first


def test_a_payload_may_be_empty_or_have_four_mebibytes(client):
    key = public(client("POST", "/v1/keys", new_key("ed25519")))
    for data in (b"", b"\xff" * 4 * 1024 * 1024):
        got = client("POST", f"/v1/keys/{key.key_id}/signatures", payload(data))
        assert verifies(key, signed(got), data)


def test_a_gun_may_have_any_character_that_can_be_kept(client):
    names = ["caf\u00e9/\U0001f600", "x" * 255, "a b%2F?&"]
    made = {client("POST", "/v1/keys", new_key(gun=gun)).body for gun in names}
    assert len(made) == 3


def test_health_names_the_algorithms(client):
    got = client("GET", "/v1/health")
    assert got.json == {"status": "ok", "algorithms": ["ecdsa", "ed25519"]}


def test_the_document_is_served_as_it_is_shipped(client):
    shipped = files("notary.signer").joinpath("openapi.json").read_bytes()
    assert client("GET", "/v1/openapi.json").body == shipped


def test_head_is_answered_like_get_without_a_body(client):
    got, head = (client(method, "/v1/health") for method in ("GET", "HEAD"))
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(got.body))


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/keys", "POST"),
        ("PUT", "/v1/keys", "POST"),
        ("POST", "/v1/health", "GET, HEAD"),
        ("PATCH", f"/v1/keys/{UNKNOWN}", "DELETE, GET, HEAD"),
        ("GET", f"/v1/keys/{UNKNOWN}/signatures", "POST"),
        ("DELETE", f"/v1/keys/{UNKNOWN}/signatures", "POST"),
        ("OPTIONS", "/v1/openapi.json", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(client, method, path, allowed):
    got = client(method, path)
    assert (got.status, got.code) == (405, "METHOD_NOT_ALLOWED")
    assert got.headers["allow"] == allowed


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/", "/v1/health/", "/v2/keys", "/v1//keys", "/v1/./health"]
)
def test_another_path_is_not_found_and_never_redirected(client, path):
    got = client("GET", path)
    assert (got.status, got.code) == (404, "NOT_FOUND")


class Broken(SignerDown):
    """A signing service with a bug."""

    async def get_key(self, key_id):
        raise ZeroDivisionError("a secret")


def test_a_bug_is_a_500_that_says_nothing(serving, log_lines):
    with serving(Broken()) as client:
        got = client("GET", f"/v1/keys/{UNKNOWN}")
    assert (got.status, got.code) == (500, "INTERNAL")
    assert b"a secret" not in got.body
    assert any("ZeroDivisionError" in line.get("traceback", "") for line in log_lines())


def test_a_fault_of_the_key_store_is_a_503_whose_reason_is_in_the_log(
    serving, log_lines
):
    with serving(SignerDown()) as client:
        got = client("GET", f"/v1/keys/{UNKNOWN}")
    assert (got.status, got.code, got.headers["retry-after"]) == (
        503,
        "UNAVAILABLE",
        "5",
    )
    assert b"down" not in got.body
    (line,) = [line for line in log_lines() if line.get("operation")]
    assert line["level"] == "error"
    assert line["msg"] == "get_key: UNAVAILABLE: the signer is down"


class Unpredictable(SignerDown):
    """A signing service that raises a subclass of an error of the seam."""

    async def get_key(self, key_id):
        raise type("Worse", (SigningUnavailable,), {})("worse")


def test_a_subclass_of_a_known_error_is_answered_as_that(serving):
    with serving(Unpredictable()) as client:
        assert client("GET", f"/v1/keys/{UNKNOWN}").status == 503


@pytest.mark.parametrize(
    "error", [SigningUnavailable("no database"), ValueError("no passphrase")]
)
def test_a_signer_that_is_not_healthy_says_so_and_why_in_the_log(
    serving, log_lines, error
):
    async def unwell():
        raise error

    with serving(healthy=unwell) as client:
        got = client("GET", "/v1/health")
        assert client("GET", f"/v1/keys/{UNKNOWN}").code == "UNKNOWN_KEY"
    assert (got.status, got.code) == (503, "UNAVAILABLE")
    said = [line["msg"] for line in log_lines()]
    assert f"health: UNAVAILABLE: not healthy: {error}" in said


def test_who_asks_for_the_health_leaves_no_line_of_level_info(client, log_lines):
    assert client("GET", "/v1/health").status == 200
    (line,) = [line for line in log_lines() if line.get("operation")]
    assert (line["level"], line["msg"]) == ("debug", "health: ok")
    assert "response completed" not in {line["msg"] for line in log_lines()}


class Hung(SignerDown):
    """A signing service that never answers; tells when it is asked."""

    def __init__(self, asked):
        self.asked = asked

    async def get_key(self, key_id):
        self.asked()
        await Deferred()

    async def sign(self, key_id, payload):
        raise SigningRefused("never")


def test_what_takes_too_long_is_given_up(serving, reactor_thread, log_lines):
    clock = Clock()

    def let_time_pass():
        reactor_thread.callLater(0, clock.advance, 10)

    with serving(Hung(let_time_pass), clock=clock) as client:
        got = client("GET", f"/v1/keys/{UNKNOWN}")
    assert (got.status, got.code) == (503, "UNAVAILABLE")
    said = [line["msg"] for line in log_lines()]
    assert "get_key: UNAVAILABLE: nothing came of it within 10 s" in said


def test_the_log_has_the_facts_of_each_operation_and_no_payload(client, log_lines):
    headers = {"Content-Type": "application/json", "X-Request-Id": "me.1"}
    made = client("POST", "/v1/keys", new_key(), headers)
    key_id = made.json["key_id"]
    client("POST", f"/v1/keys/{key_id}/signatures", payload(), headers)
    client("DELETE", f"/v1/keys/{key_id}", headers={"X-Request-Id": "me.2"})
    client("POST", "/v1/keys", new_key("rsa"), headers)
    done = [line for line in log_lines() if "operation" in line]
    names = ("operation", "outcome", "gun", "role", "key_id", "http.request.id")
    said = [tuple(line.get(name) for name in names) for line in done]
    assert said[:3] == [
        ("create_key", "ok", GUN, "timestamp", key_id, "me.1"),
        ("sign", "ok", None, None, key_id, "me.1"),
        ("delete_key", "ok", None, None, key_id, "me.2"),
    ]
    assert said[3][1].startswith("UNSUPPORTED_ALGORITHM: ")
    everything = json.dumps(log_lines())
    for secret in (payload()["payload"], "hunter2", made.json["public"]):
        assert secret not in everything


class Later:
    """A signing service whose answer comes when the test says so."""

    def __init__(self):
        self.key = Deferred()

    async def get_key(self, key_id):
        return await self.key


class Lines:
    """A log of requests, kept."""

    wanted = True

    def __init__(self):
        self.written = []

    def write(self, message, fields):
        self.written.append(fields)


def test_a_call_whose_client_has_left_is_in_the_log_all_the_same():
    signer, lines = Later(), Lines()
    site = make_signer_site(signer, well, LimitsSettings(), Clock(), False)
    site.request_log = lines
    channel = site.buildProtocol(None)
    channel.makeConnection(StringTransport())
    channel.dataReceived(b"GET /v1/keys/abc HTTP/1.1\r\nHost: x\r\n\r\n")
    channel.connectionLost(Failure(ConnectionDone()))
    signer.key.callback(PublicKey("ed25519", b"\0" * 32))
    (fields,) = lines.written
    assert (fields["operation"], fields["outcome"]) == ("get_key", "ok")
    assert fields["key_id"] == "abc"
