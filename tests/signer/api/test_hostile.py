"""What nobody should send to the HTTPS API: refused, and harmless to the keys."""

import base64
import json
import threading
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred

from notary.settings.model import LimitsSettings
from notary.signer.api_call import MAX_BODY, MAX_PAYLOAD
from tests.server.doubles import SignerDown
from tests.signer.api.client import JSON
from tests.signer.api.test_api import GUN, UNKNOWN, new_key, payload

SIGNATURES = f"/v1/keys/{UNKNOWN}/signatures"
FITTING = json.dumps(new_key()).encode()
FEW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def refused(answer, code="INVALID_REQUEST", status=400):
    """Fail unless the answer is a refusal of the request."""
    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"gun"',
        b"{}",
        b"\xff" + FITTING,
        b"\xef\xbb\xbf" + FITTING,
        FITTING + b"{}",
        FITTING[:-1] + b',"gun":"again"}',
        FITTING[:-1] + b',"more":"x"}',
        FITTING.replace(b'"ecdsa"', b"null"),
        FITTING.replace(b'"ecdsa"', b"1"),
        FITTING.replace(b'"ecdsa"', b"NaN"),
        FITTING.replace(b'"ecdsa"', b"9" * 10_000),
        FITTING.replace(b'"ecdsa"', b'["ecdsa"]'),
        FITTING.replace(b'"ecdsa"', b"[" * 100_000),
        FITTING.replace(b'"gun"', b'"Gun"'),
    ],
)
def test_a_body_that_is_not_as_described_is_refused(client, body):
    refused(client("POST", "/v1/keys", body))


@pytest.mark.parametrize("name", ["", "x" * 256, "a\0", "\udcff"])
def test_a_name_that_cannot_be_kept_is_refused(client, name):
    refused(client("POST", "/v1/keys", new_key(gun=name)))
    refused(client("POST", "/v1/keys", new_key(role=name)))


@pytest.mark.parametrize("algorithm", ["", "rsa", "ECDSA", "ecdsa-x509", "\ud800"])
def test_another_algorithm_is_told_from_a_malformed_request(client, algorithm):
    answer = client("POST", "/v1/keys", new_key(algorithm))
    refused(answer, "UNSUPPORTED_ALGORITHM")
    refused(client("POST", "/v1/keys", new_key("x" * 256)))


@pytest.mark.parametrize(
    "encoded", ["=", "a", "QQ", "QR==", "QQ==\n", " QQ==", "Q-_=", "QQ==QQ==", "\xe9"]
)
def test_a_payload_that_is_not_standard_base64_is_refused(client, encoded):
    key_id = client("POST", "/v1/keys", new_key()).json["key_id"]
    refused(client("POST", f"/v1/keys/{key_id}/signatures", {"payload": encoded}))


def test_a_payload_of_one_byte_too_many_is_refused(client):
    too_large = payload(bytes(MAX_PAYLOAD + 1))
    refused(client("POST", SIGNATURES, too_large), "TOO_LARGE", 413)


@pytest.mark.parametrize(("limit", "size"), [(2000, 2001), (2**30, MAX_BODY + 1)])
def test_a_body_over_the_limits_is_refused_before_it_is_read(serving, limit, size):
    with serving(limits=LimitsSettings(body_bytes=limit)) as client:
        headers = {**JSON, "Content-Length": str(size), "Expect": "100-continue"}
        refused(client("POST", SIGNATURES, b"", headers), "TOO_LARGE", 413)


@pytest.mark.parametrize(
    "kind",
    ["", "text/json", "application/jsonx", "application/json; charset=latin-1"],
)
def test_a_body_of_another_type_is_refused(client, kind):
    refused(client("POST", "/v1/keys", FITTING, {"Content-Type": kind}))
    refused(client("POST", "/v1/keys", FITTING, {}))


def test_a_type_with_its_charset_is_accepted(client):
    headers = {"Content-Type": "Application/JSON; charset=UTF-8"}
    assert client("POST", "/v1/keys", FITTING, headers).status == 200


def test_a_body_where_there_is_none_is_refused(client):
    for method, path in (
        ("GET", f"/v1/keys/{UNKNOWN}"),
        ("DELETE", f"/v1/keys/{UNKNOWN}"),
        ("GET", "/v1/health"),
    ):
        refused(client(method, path, {}))


@pytest.mark.parametrize(
    "key_id", ["", "\0", "\n", "x" * 256, "\x7f", "\u00e9", "x" * 3000]
)
def test_a_key_id_that_none_can_have_is_refused(client, key_id):
    key = client("POST", "/v1/keys", new_key())
    path = f"/v1/keys/{quote(key_id, safe='')}"
    for method in ("GET", "DELETE"):
        refused(client(method, path))
    refused(client("POST", f"{path}/signatures", payload()))
    assert client("GET", f"/v1/keys/{key.json['key_id']}").body == key.body


@pytest.mark.parametrize(
    "key_id", [" ", ".", "..", "?", "%", "a/b", "//", "/", "' OR 1=1 --", "x" * 255]
)
def test_an_odd_key_id_is_unknown_and_no_other_path(client, key_id):
    path = f"/v1/keys/{quote(key_id, safe='')}"
    assert client("GET", path).code == "UNKNOWN_KEY"
    assert client("POST", f"{path}/signatures", payload()).code == "UNKNOWN_KEY"
    assert client("DELETE", path).status == 204


@FEW
@given(st.binary(max_size=200))
def test_any_body_is_answered_as_documented(client, body):
    for path in ("/v1/keys", SIGNATURES):
        assert client("POST", path, body, JSON).status == 400


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["gun", "payload", "x"]), inner, max_size=3)
    ),
)


@FEW
@given(_ANY)
def test_any_document_is_answered_as_documented(client, value):
    body = json.dumps(value).encode()
    assert client("POST", "/v1/keys", body).status == 400
    assert client("POST", SIGNATURES, body).status in (400, 404)


@FEW
@given(st.text(max_size=300))
def test_any_key_id_is_answered_as_documented(client, key_id):
    path = f"/v1/keys/{quote(key_id.encode('utf-8', 'surrogatepass'), safe='')}"
    assert client("GET", path).status in (400, 404)


class Slow(SignerDown):
    """A signing service that deletes when it is allowed to."""

    def __init__(self):
        self.asked = threading.Event()
        self.allowed = Deferred()
        self.deleted = threading.Event()

    async def delete_key(self, key_id):
        self.asked.set()
        await self.allowed
        self.deleted.set()


def test_work_goes_on_when_the_client_goes_away(serving, reactor_thread):
    slow = Slow()
    with serving(slow) as client:
        connection = client.connection()
        connection.request("DELETE", f"/v1/keys/{UNKNOWN}")
        assert slow.asked.wait(10)
        connection.close()
        assert client("GET", "/v1/health").status == 200
        reactor_thread.callFromThread(slow.allowed.callback, None)
        assert slow.deleted.wait(10)


def test_hostile_requests_leave_the_keys_alone(client):
    key = client("POST", "/v1/keys", new_key())
    refused(client("DELETE", "/v1/keys/"))
    refused(client("DELETE", f"/v1/keys/{key.json['key_id']}?x"))
    refused(client("POST", "/v1/keys//signatures", payload()))
    assert client("GET", f"/v1/keys/{key.json['key_id']}").body == key.body
    assert client("POST", "/v1/keys", new_key(gun=GUN)).body == key.body
    assert base64.b64decode(key.json["public"])
