"""The operations of the HTTPS API, and the one table of its routes.

An operation reads its call, asks the signing service, and says the result in JSON. It
raises the errors of ``notary.signer.api_errors`` and of the seam for everything else.
"""

import base64
from collections.abc import Awaitable, Callable, Coroutine
from importlib.resources import files
from typing import Any

from attrs import field, frozen

from notary.signer import api_call
from notary.signer.api_call import Call
from notary.signer.api_errors import as_json
from notary.signing.private_keys import ALGORITHMS
from notary.signing.service import SigningService, SigningUnavailable
from notary.tuf.keys import PublicKey
from notary.web import answers
from notary.web.answers import Answer


@frozen
class Edge:
    """What the operations work with; ``healthy`` raises if signing cannot work."""

    signer: SigningService
    healthy: Callable[[], Awaitable[object]]
    document: bytes = field(
        factory=lambda: files("notary.signer").joinpath("openapi.json").read_bytes(),
        repr=False,
    )


Operation = Callable[[Edge, Call], Coroutine[Any, Any, Answer]]


async def create_key(edge: Edge, call: Call) -> Answer:
    """Return an unused key for the role of the GUN, made now if there is none."""
    gun, role, algorithm = call.members("gun", "role", "algorithm")
    call.gun, call.role = api_call.name(gun, "gun"), api_call.name(role, "role")
    api_call.limit(algorithm, "algorithm")
    key = await edge.signer.create_key(call.gun, call.role, algorithm)
    call.key_id = key.key_id
    return _key(key)


async def get_key(edge: Edge, call: Call) -> Answer:
    """Return the public key with this id."""
    key_id = call.required_key_id()
    call.forbid_body()
    return _key(await edge.signer.get_key(key_id))


async def sign(edge: Edge, call: Call) -> Answer:
    """Return a signature of the payload."""
    key_id = call.required_key_id()
    (encoded,) = call.members("payload")
    signature = await edge.signer.sign(key_id, api_call.payload(encoded))
    value = base64.b64encode(signature.value).decode("ascii")
    content = {
        "key_id": signature.key_id,
        "method": signature.method,
        "signature": value,
    }
    return as_json(200, content)


async def delete_key(edge: Edge, call: Call) -> Answer:
    """Forget the key; an unknown one is forgotten already."""
    key_id = call.required_key_id()
    call.forbid_body()
    await edge.signer.delete_key(key_id)
    return Answer(204)


async def health(edge: Edge, call: Call) -> Answer:
    """Tell whether keys can be found and used."""
    call.forbid_body()
    try:
        await edge.healthy()
    except Exception as error:
        raise SigningUnavailable(f"not healthy: {error}") from error
    return as_json(200, {"status": "ok", "algorithms": sorted(ALGORITHMS)})


async def openapi(edge: Edge, call: Call) -> Answer:
    """Return the description of this API."""
    call.forbid_body()
    return Answer(200, edge.document, ((b"Content-Type", answers.JSON),))


@frozen
class Route:
    """One operation, and where it is found."""

    method: str
    rule: str
    operation: Operation

    @property
    def name(self) -> str:
        """The operation's name, which no other route has."""
        return self.operation.__name__


_KEY = "/v1/keys/<key_id:key_id>"

ROUTES = (
    Route("POST", "/v1/keys", create_key),
    Route("GET", _KEY, get_key),
    Route("POST", f"{_KEY}/signatures", sign),
    Route("DELETE", _KEY, delete_key),
    Route("GET", "/v1/health", health),
    Route("GET", "/v1/openapi.json", openapi),
)


def _key(key: PublicKey) -> Answer:
    content = {
        "key_id": key.key_id,
        "algorithm": key.keytype,
        "public": base64.b64encode(key.public or b"").decode("ascii"),
    }
    return as_json(200, content)
