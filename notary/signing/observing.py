"""A signing service that tells how long each call took, and what came of it.

Counting is left to whoever observes.
"""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from notary.signing.service import (
    KnowsRoles,
    SigningRefused,
    SigningService,
    SigningUnavailable,
    UnknownKey,
)
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import Signature

CallObserver = Callable[[str, float, str], None]
"""Called after each call with its name, the seconds it took, and its outcome."""

_OUTCOMES: dict[type[Exception], str] = {
    UnknownKey: "unknown_key",
    SigningRefused: "refused",
    SigningUnavailable: "unavailable",
}

_T = TypeVar("_T")


class ObservedSigner:
    """A ``SigningService`` that passes every call on.

    Outcomes are ``ok``, ``unknown_key``, ``refused``, ``unavailable``, and ``failed``
    for what was cancelled and for bugs.
    """

    def __init__(self, signer: SigningService, observe: CallObserver) -> None:
        self._signer = signer
        self._observe = observe

    async def create_key(self, gun: str, role: str, algorithm: str) -> PublicKey:
        """Return an unused key for the role of the GUN, made now if there is none."""
        return await self._observed(
            "create_key", self._signer.create_key(gun, role, algorithm)
        )

    async def get_key(self, key_id: str) -> PublicKey:
        """Return the public key with this id or raise ``UnknownKey``."""
        return await self._observed("get_key", self._signer.get_key(key_id))

    async def sign(self, key_id: str, payload: bytes) -> Signature:
        """Return the signature of ``payload`` as it is, or raise ``UnknownKey``."""
        return await self._observed("sign", self._signer.sign(key_id, payload))

    async def delete_key(self, key_id: str) -> None:
        """Forget the key; deleting an unknown one succeeds."""
        await self._observed("delete_key", self._signer.delete_key(key_id))

    async def _observed(self, call: str, answer: Awaitable[_T]) -> _T:
        begun, outcome = time.monotonic(), "failed"
        try:
            result = await answer
            outcome = "ok"
            return result
        except (UnknownKey, SigningRefused, SigningUnavailable) as error:
            outcome = _outcome(error)
            raise
        finally:
            self._observe(call, time.monotonic() - begun, outcome)


class ObservedKeeper(ObservedSigner):
    """The same for a signing service that also ``KnowsRoles``."""

    def __init__(
        self, signer: SigningService, roles: KnowsRoles, observe: CallObserver
    ) -> None:
        super().__init__(signer, observe)
        self._roles = roles

    async def role_of(self, key_id: str) -> str:
        """Return the role that the key was made for or raise ``UnknownKey``."""
        return await self._observed("role_of", self._roles.role_of(key_id))


def observed(signer: SigningService, observe: CallObserver) -> ObservedSigner:
    """Return the service, observed, with everything that it can do."""
    if isinstance(signer, KnowsRoles):
        return ObservedKeeper(signer, signer, observe)
    return ObservedSigner(signer, observe)


def _outcome(error: Exception) -> str:
    return next(said for kind, said in _OUTCOMES.items() if isinstance(error, kind))
