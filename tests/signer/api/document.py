"""The OpenAPI document as a judge: is this answer one that it describes?"""

import json
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

DOCUMENT = json.loads(files("notary.signer").joinpath("openapi.json").read_bytes())
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_REGISTRY = Registry().with_resource(
    "urn:api", Resource(contents=DOCUMENT, specification=DRAFT202012)
)


def operations() -> dict[str, dict[str, Any]]:
    """Return every operation by its id, with ``method`` and ``path`` added."""
    return {
        operation["operationId"]: {**operation, "method": method, "path": path}
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def operation_of(method: str, path: str) -> str | None:
    """Return the id of the operation that a request is for, if there is one."""
    for name, operation in operations().items():
        wanted, _, rest = operation["path"].partition("{key_id}")
        inner = path.removeprefix(wanted).removesuffix(rest)
        fits = path == wanted + inner + rest and (
            bool(inner) == ("{" in operation["path"])
        )
        if fits and "/" not in inner and operation["method"] == method.lower():
            return name
    return None


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference within the document."""
    while "$ref" in value:
        found: Any = DOCUMENT
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        value = found
    return value


def codes(response: dict[str, Any]) -> list[str]:
    """Return the error codes that a response may have; a success has an empty one."""
    content = resolved(response).get("content", {}).get("application/json", {})
    for part in content.get("schema", {}).get("allOf", []):
        if "properties" in part:
            return part["properties"]["error"]["properties"]["code"]["enum"]
    return [""]


def check(value: object, schema: dict[str, Any]) -> None:
    """Fail unless the value is as the schema says."""
    based = json.loads(json.dumps(schema).replace('"#/', '"urn:api#/'))
    validator = Draft202012Validator(based, registry=_REGISTRY)
    assert [error.message for error in validator.iter_errors(value)] == []


def check_response(
    described: dict[str, Any], headers: dict[str, str], body: bytes
) -> None:
    """Fail unless headers and body are as this response of the document says."""
    described = resolved(described)
    for name, reference in described["headers"].items():
        header = resolved(reference)
        if header["required"] or name.lower() in headers:
            check(headers.get(name.lower()), header["schema"])
    if "content" not in described:
        assert (body, headers.get("content-length")) == (b"", None)
        return
    assert headers["content-type"] == "application/json; charset=utf-8"
    check(json.loads(body), described["content"]["application/json"]["schema"])
