"""The OpenAPI document: it is valid, complete, and every answer in it is given."""

import base64
import re

import pytest
from openapi_spec_validator import validate

from notary.signer import api_call
from notary.signer.api_errors import TABLE, rule_for
from notary.signer.api_operations import ROUTES
from tests.server.doubles import SignerDown
from tests.signer.api.document import DOCUMENT, codes, operations
from tests.signer.api.test_api import UNKNOWN, Broken, new_key, payload

KEY = f"/v1/keys/{UNKNOWN}"
TOO_MUCH = b" " * (api_call.MAX_BODY + 1)
REQUESTS = {
    "create_key": ("POST", "/v1/keys", new_key()),
    "get_key": ("GET", KEY, None),
    "sign": ("POST", f"{KEY}/signatures", payload()),
    "delete_key": ("DELETE", KEY, None),
    "health": ("GET", "/v1/health", None),
    "openapi": ("GET", "/v1/openapi.json", None),
}


class Bug(Broken):
    """A signing service in which nothing works, and not as foreseen."""

    delete_key = Broken.get_key

    async def create_key(self, gun, role, algorithm):
        raise ZeroDivisionError

    async def sign(self, key_id, payload):
        raise ZeroDivisionError


async def unwell():
    raise OSError


def documented():
    return {
        (name, int(status), code)
        for name, operation in operations().items()
        for status, response in operation["responses"].items()
        for code in codes(response)
    }


def provoke(serving, name, status, code):
    """Return the answer to a request that should be answered like that."""
    method, path, body = REQUESTS[name]
    service = {"UNAVAILABLE": SignerDown(), "INTERNAL": Bug()}.get(code)
    with serving(
        service,
        healthy=unwell,
        require_client_certificate=code == "CLIENT_CERTIFICATE",
    ) as client:
        if code == "INVALID_REQUEST":
            return client(method, f"{path}?x=1", body)
        if code == "UNSUPPORTED_ALGORITHM":
            body = new_key("rsa")
        if code == "TOO_LARGE":
            body = TOO_MUCH
        return client(method, path, body)


def provoke_success(serving, name):
    method, path, body = REQUESTS[name]
    with serving() as client:
        made = client("POST", "/v1/keys", new_key()).json
        return client(method, path.replace(UNKNOWN, made["key_id"]), body)


@pytest.mark.parametrize(("name", "status", "code"), sorted(documented()))
def test_every_documented_answer_is_given(serving, name, status, code):
    if code:
        got = provoke(serving, name, status, code)
    else:
        got = provoke_success(serving, name)
    assert (got.status, got.code) == (status, code)


def test_the_document_is_valid():
    validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert DOCUMENT["info"]["version"] == "1"


def test_the_document_has_the_routes_of_the_table_and_no_others():
    told = {
        (operation["method"].upper(), operation["path"], name)
        for name, operation in operations().items()
    }
    ours = {
        (route.method, re.sub(r"<key_id:(\w+)>", r"{\1}", route.rule), route.name)
        for route in ROUTES
    }
    assert told == ours
    assert set(REQUESTS) == set(operations())


def test_the_document_has_the_errors_of_the_table_and_no_others():
    told = {
        (int(status), code)
        for operation in operations().values()
        for status, response in operation["responses"].items()
        for code in codes(response)
        if code
    }
    others = DOCUMENT["components"]["responses"]
    told |= {(404, *codes(others["NotFound"]))}
    told |= {(405, *codes(others["MethodNotAllowed"]))}
    rules = [*TABLE.values(), rule_for(ZeroDivisionError())]
    assert told == {(rule.status, rule.code) for rule in rules}


def test_the_document_has_the_limits_of_the_code():
    schemas = DOCUMENT["components"]["schemas"]
    largest = len(base64.b64encode(bytes(api_call.MAX_PAYLOAD)))
    assert schemas["Payload"]["properties"]["payload"]["maxLength"] == largest
    assert {
        name: member["maxLength"]
        for name, member in schemas["NewKey"]["properties"].items()
    } == dict.fromkeys(("gun", "role", "algorithm"), api_call.MAX_TEXT)
    assert f"{api_call.MAX_BODY} bytes" in DOCUMENT["info"]["description"]
