"""The signing seam: what the workflows may ask of whoever holds the online keys.

Implementations keep to a deadline of their own, so that no call waits for ever,
and tell three failures apart: the signer cannot be reached, it refuses, or
it does not know the key.
"""

from typing import Protocol, runtime_checkable

from notary.tuf.keys import PublicKey
from notary.tuf.signatures import Signature


class SigningUnavailable(Exception):
    """The signer did not answer in time or failed; not the client's fault."""


class SigningRefused(Exception):
    """The signer answered that it will not do this."""


class UnknownKey(Exception):
    """The signer holds no key with this id."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"key {key_id} not found")
        self.key_id = key_id


class SigningService(Protocol):
    """Holds private keys, never shows them, and signs with them.

    Every method may raise ``SigningUnavailable``.
    """

    async def create_key(self, gun: str, role: str, algorithm: str) -> PublicKey:
        """Return an unused key for the role of the GUN, made now if there is none.

        ``algorithm`` is ``ecdsa`` or ``ed25519``; raise ``SigningRefused`` for others.
        """

    async def get_key(self, key_id: str) -> PublicKey:
        """Return the public key with this id or raise ``UnknownKey``."""

    async def sign(self, key_id: str, payload: bytes) -> Signature:
        """Return the signature of ``payload`` as it is, or raise ``UnknownKey``.

        The key counts as used from then on.
        """

    async def delete_key(self, key_id: str) -> None:
        """Forget the key; deleting an unknown one succeeds."""


@runtime_checkable
class KnowsRoles(Protocol):
    """What a signing service that made the keys itself can also tell."""

    async def role_of(self, key_id: str) -> str:
        """Return the role that the key was made for or raise ``UnknownKey``."""
