"""The calls of the signer's gRPC protocol, over any signing service.

A call takes a message and returns one, or raises ``CallFailed`` with the status that
its client sees. Threads, connections and who may call are left to other modules.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from grpc import StatusCode
from twisted.logger import Logger

from notary.signing.private_keys import ALGORITHMS
from notary.signing.proto import signer_pb2 as pb
from notary.signing.service import (
    KnowsRoles,
    SigningRefused,
    SigningService,
    SigningUnavailable,
    UnknownKey,
)
from notary.tuf import keys, signatures

MAX_SHOWN = 255
"""How many characters of a text of the client are repeated to it, and logged."""

_KEY_TYPES = {
    signatures.ECDSA: keys.ECDSA,
    signatures.EDDSA: keys.ED25519,
    signatures.RSAPSS: keys.RSA,
}


class CallFailed(Exception):
    """The client gets this status instead of an answer."""

    def __init__(self, code: StatusCode, text: str) -> None:
        super().__init__(f"{code.name}: {text}")
        self.code = code
        self.text = text


class KeyCalls:
    """The services ``proto.KeyManagement`` and ``proto.Signer``."""

    _log = Logger()

    def __init__(self, signer: SigningService) -> None:
        self._signer = signer

    async def create_key(self, request: pb.CreateKeyRequest) -> pb.PublicKey:
        """Answer an unused key for the role of the GUN, made now if there is none."""
        facts = {"gun": request.gun, "role": request.role, "key_id": ""}
        with self._reported("CreateKey", facts, "Key creation failed"):
            algorithm = _shown(request.algorithm)
            if algorithm not in ALGORITHMS:
                text = f"algorithm {algorithm} not supported for create key"
                raise CallFailed(StatusCode.UNKNOWN, text)
            key = await self._signer.create_key(request.gun, request.role, algorithm)
            facts["key_id"] = key.key_id
            return pb.PublicKey(keyInfo=_info(key), publicKey=_public(key))

    async def delete_key(self, request: pb.KeyID) -> pb.Void:
        """Forget the key; deleting an unknown one succeeds."""
        text = f"Key deletion for KeyID {_shown(request.ID)} failed"
        with self._reported("DeleteKey", {"key_id": request.ID}, text):
            await self._signer.delete_key(_required(request.ID))
            return pb.Void()

    async def get_key_info(self, request: pb.KeyID) -> pb.GetKeyInfoResponse:
        """Answer the public key and, if the signer knows it, the role."""
        facts, shown = {"key_id": request.ID, "role": ""}, _shown(request.ID)
        with self._reported("GetKeyInfo", facts, f"Lookup of KeyID {shown} failed"):
            try:
                key = await self._signer.get_key(_required(request.ID))
                if isinstance(self._signer, KnowsRoles):
                    facts["role"] = await self._signer.role_of(request.ID)
            except UnknownKey:
                text = f"key {shown} not found"
                raise CallFailed(StatusCode.NOT_FOUND, text) from None
            return pb.GetKeyInfoResponse(
                keyInfo=_info(key), publicKey=_public(key), role=facts["role"]
            )

    async def sign(self, request: pb.SignatureRequest) -> pb.Signature:
        """Answer the signature of the content as it is."""
        key_id = request.keyID.ID
        text = f"Signing failed for KeyID {_shown(key_id)}"
        with self._reported("Sign", {"key_id": key_id}, text):
            try:
                made = await self._signer.sign(_required(key_id), request.content)
            except UnknownKey:
                text = f"signing key not found: {_shown(key_id)}"
                raise CallFailed(StatusCode.NOT_FOUND, text) from None
            return pb.Signature(
                keyInfo=_named(made.key_id, _KEY_TYPES[made.method]),
                algorithm=pb.Algorithm(algorithm=made.method),
                content=made.value,
            )

    @contextmanager
    def _reported(
        self, operation: str, facts: dict[str, str], failure: str
    ) -> Iterator[None]:
        """Log how the call ends; ``failure`` is told if the signer is unavailable."""
        try:
            yield
        except (CallFailed, SigningRefused) as error:
            self._say(operation, facts, str(error))
            if isinstance(error, CallFailed):
                raise
            raise CallFailed(StatusCode.INVALID_ARGUMENT, str(error)) from None
        except SigningUnavailable as error:
            self._log.error(
                "{operation} failed: {reason}",
                operation=operation,
                reason=str(error),
                **_shortened(facts),
            )
            raise CallFailed(StatusCode.INTERNAL, failure) from None
        self._say(operation, facts, "OK")

    def _say(self, operation: str, facts: dict[str, str], outcome: str) -> None:
        self._log.info(
            "{operation}: {outcome}",
            operation=operation,
            outcome=outcome,
            **_shortened(facts),
        )


def _required(key_id: str) -> str:
    """Return the id, unless it is one that would mean any key at all."""
    if not key_id:
        raise CallFailed(StatusCode.INVALID_ARGUMENT, "the request names no key")
    return key_id


def _info(key: keys.PublicKey) -> pb.KeyInfo:
    return _named(key.key_id, key.keytype)


def _named(key_id: str, algorithm: str) -> pb.KeyInfo:
    return pb.KeyInfo(
        keyID=pb.KeyID(ID=key_id), algorithm=pb.Algorithm(algorithm=algorithm)
    )


def _public(key: keys.PublicKey) -> bytes:
    if not key.public:
        raise SigningUnavailable("the signer answered an empty key")
    return key.public


def _shortened(facts: dict[str, str]) -> dict[str, str]:
    return {name: _shown(value) for name, value in facts.items()}


def _shown(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "..."
