"""A signer for recordings whose private keys are lost: it knows the public ones.

What it signs does not verify; nothing in a server looks at its own signatures again.
"""

import base64
import json
from collections.abc import Iterable

from attrs import define

from notary.signing.service import UnknownKey
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import ECDSA, Signature
from tests.publisher import ecdsa_key
from tests.recorded import Exchange


@define
class RecordedSigner:
    """Answers with the key that was recorded for a role of a GUN, else a new one."""

    recorded: dict[tuple[str, str], PublicKey]

    @classmethod
    def of(cls, exchanges: Iterable[Exchange]) -> "RecordedSigner":
        """Return one with all keys of these answers."""
        found = {}
        for one in exchanges:
            if one.url.endswith(".key") and one.status == 200:
                role = one.url.rpartition("/")[2].removesuffix(".key")
                said = json.loads(one.body)
                public = base64.b64decode(said["keyval"]["public"])
                found[one.gun, role] = PublicKey(said["keytype"], public)
        return cls(found)

    async def create_key(self, gun: str, role: str, algorithm: str) -> PublicKey:
        assert algorithm == "ecdsa"
        return self.recorded.get((gun, role)) or ecdsa_key().public

    async def get_key(self, key_id: str) -> PublicKey:
        for key in self.recorded.values():
            if key.key_id == key_id:
                return key
        raise UnknownKey(key_id)

    async def sign(self, key_id: str, payload: bytes) -> Signature:
        await self.get_key(key_id)
        return Signature(key_id, ECDSA, bytes(64))

    async def delete_key(self, key_id: str) -> None:
        raise NotImplementedError
