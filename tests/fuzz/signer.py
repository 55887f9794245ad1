"""Fuzz targets of the signer: gRPC messages, HTTPS API, and keys in its database."""

import json
from contextlib import suppress
from functools import cache

from google.protobuf.message import DecodeError
from grpc import StatusCode
from twisted.internet.task import Clock
from twisted.web.server import Site

from notary.settings.model import LimitsSettings
from notary.signer.api import make_signer_site
from notary.signer.rpc import CallFailed, KeyCalls
from notary.signing import jwe, private_keys
from notary.signing.proto import signer_pb2 as pb
from tests.fuzz.asserting import finished
from tests.fuzz.connection import converse
from tests.fuzz.signing import FixedSigner

SIGNER = FixedSigner()
CALLS = KeyCalls(SIGNER)
METHODS = (
    (pb.CreateKeyRequest, CALLS.create_key),
    (pb.KeyID, CALLS.get_key_info),
    (pb.KeyID, CALLS.delete_key),
    (pb.SignatureRequest, CALLS.sign),
)
PATHS = (b"POST /v1/keys", b"GET /v1/keys/", b"DELETE /v1/keys/", b"GET /v1/health")
_TOLD = {StatusCode.INVALID_ARGUMENT, StatusCode.NOT_FOUND, StatusCode.UNKNOWN}


def message(data: bytes) -> None:
    """A message is answered, or refused with a status and a text of bounded length."""
    kind, call = METHODS[data[0] % len(METHODS)] if data else METHODS[0]
    with suppress(DecodeError):
        request = kind.FromString(data[1:])
        failed = CallFailed(StatusCode.NOT_FOUND, "")
        try:
            finished(call(request)).SerializeToString()
        except CallFailed as error:
            failed = error
        assert failed.code in _TOLD
        assert len(failed.text) < 400


@cache
def _site() -> tuple[Site, Clock]:
    clock = Clock()

    async def healthy() -> None:
        """Be healthy."""

    limits = LimitsSettings(head_bytes=4096, body_bytes=4096)
    return make_signer_site(SIGNER, healthy, limits, clock, False), clock


def api(data: bytes) -> None:
    """A body is answered by JSON, and never by a fault of the signer.

    The first line says which operation, by its first octet, and the key's id.
    """
    line, _, body = data.partition(b"\n")
    start = PATHS[line[0] % len(PATHS)] if line else PATHS[0]
    path = start + line[1:] if start.endswith(b"/") else start
    request = (
        b"%b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Connection: close\r\nContent-Length: %d\r\n\r\n%b" % (path, len(body), body)
    )
    answered = converse(*_site(), [request])
    head, _, content = answered.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 2", b"HTTP/1.1 4", b"HTTP/1.0 4"))
    if b"application/json" in head:
        json.loads(content)


def encrypted_key(data: bytes) -> None:
    """What stands in the database is no key, or one that encrypts to the same."""
    text = data.decode("utf-8", "replace")
    with suppress(jwe.Undecryptable):
        assert jwe.decrypt(text, "fuzz") == ENCRYPTED


def opened_key(data: bytes) -> None:
    """What an encrypted key holds is a key, or refused by an error of ours."""
    for algorithm in private_keys.ALGORITHMS:
        with suppress(private_keys.UnreadableKey):
            private_keys.parse(algorithm, data).sign(b"payload")


ENCRYPTED = b"the plain text of every key in the corpus"
