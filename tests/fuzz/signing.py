"""A signing service without threads and randomness, for targets that must be quick."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notary.signing.service import SigningRefused, UnknownKey
from notary.tuf.keys import ED25519, PublicKey
from notary.tuf.signatures import EDDSA, Signature


class FixedSigner:
    """Has one key for everything, which cannot be deleted."""

    def __init__(self):
        self._private = Ed25519PrivateKey.from_private_bytes(b"fuzz" * 8)
        public = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key = PublicKey(ED25519, public)

    async def create_key(self, gun, role, algorithm):
        if algorithm != ED25519:
            raise SigningRefused(f"keys of algorithm {algorithm!r} are not made here")
        return self.key

    async def get_key(self, key_id):
        if key_id != self.key.key_id:
            raise UnknownKey(key_id)
        return self.key

    async def sign(self, key_id, payload):
        await self.get_key(key_id)
        return Signature(key_id, EDDSA, self._private.sign(payload))

    async def delete_key(self, key_id):
        pass
