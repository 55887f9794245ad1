"""Tokens that were verified already: a client sends the same one many times."""

from collections import OrderedDict
from datetime import datetime

from attrs import field, frozen

from notary.auth.keyset import KeySet
from notary.auth.token import Claims

MAX_TOKENS = 4096
MAX_LENGTH = 8192
"""Longer tokens are verified each time: what is remembered stays small."""


@frozen
class Verified:
    """What a token says, the keys that it was verified with, and until when they hold.

    ``until`` is ``None`` if only the token itself can expire.
    """

    claims: Claims
    keys: KeySet = field(repr=False)
    until: datetime | None


class VerifiedTokens:
    """The last tokens that were used, by the digest of each."""

    def __init__(self) -> None:
        self._by_digest: OrderedDict[bytes, Verified] = OrderedDict()

    def __len__(self) -> int:
        return len(self._by_digest)

    def get(self, digest: bytes) -> Verified | None:
        """Return what is known about a token."""
        found = self._by_digest.get(digest)
        if found is not None:
            self._by_digest.move_to_end(digest)
        return found

    def put(self, digest: bytes, verified: Verified) -> None:
        """Remember a token, and forget the one that was not used for longest."""
        self._by_digest[digest] = verified
        self._by_digest.move_to_end(digest)
        if len(self._by_digest) > MAX_TOKENS:
            self._by_digest.popitem(last=False)

    def forget(self, digest: bytes) -> None:
        """Forget a token."""
        self._by_digest.pop(digest, None)
