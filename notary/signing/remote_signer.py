"""Signing by a signer elsewhere, over gRPC or HTTPS: the server holds no key.

Every call keeps to one deadline, is repeated where that is safe, and no answer is
believed: keys must have the id they are known by, and signatures must verify. What
is on the wire is left to the links.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NoReturn, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime

from notary.signing.client_tls import ClientTLS
from notary.signing.link import ConnectionFailed, Link, NotConnected
from notary.signing.service import SigningRefused, SigningUnavailable, UnknownKey
from notary.storage.limits import is_storable_name
from notary.tuf.keys import ECDSA, ED25519, PublicKey, verifying_key
from notary.tuf.signatures import Signature, verifies

CACHE_SIZE = 4096

# On a P-256 curve, PKIX has 91 bytes, and on no other of those that are read.
_LENGTHS = {ECDSA: 91, ED25519: 32}
_KEY_ID = re.compile("[0-9a-f]{64}")

_T = TypeVar("_T")


class RemoteSigner:
    """A ``SigningService`` behind a link; no call takes longer than ``seconds``.

    ``warnings`` say what is wrong with our side of the link, but no obstacle yet.
    """

    def __init__(
        self,
        link: Link,
        clock: IReactorTime,
        seconds: float,
        warnings: Sequence[str] = (),
    ) -> None:
        self.warnings = tuple(warnings)
        self._link = link
        self._clock = clock
        self._seconds = seconds
        self._known: OrderedDict[str, PublicKey] = OrderedDict()
        self._running: set[Deferred[Any]] = set()
        self._closed = False

    async def create_key(self, gun: str, role: str, algorithm: str) -> PublicKey:
        """Return an unused key for the role of the GUN, made now if there is none."""
        if algorithm not in _LENGTHS:
            raise SigningRefused(f"keys of algorithm {algorithm[:80]!a} are not made")
        if not (is_storable_name(gun) and is_storable_name(role)):
            raise SigningRefused("the name of the repository or the role is too long")
        return await self._in_time(self._create, gun, role, algorithm)

    async def get_key(self, key_id: str) -> PublicKey:
        """Return the public key with this id or raise ``UnknownKey``."""
        _check_id(key_id)
        return await self._in_time(self._public, key_id)

    async def sign(self, key_id: str, payload: bytes) -> Signature:
        """Return the signature of ``payload`` as it is, or raise ``UnknownKey``."""
        _check_id(key_id)
        return await self._in_time(self._sign, key_id, payload)

    async def delete_key(self, key_id: str) -> None:
        """Forget the key; deleting an unknown one succeeds."""
        if not _KEY_ID.fullmatch(key_id):
            return
        try:
            await self._in_time(self._repeating, self._link.delete_key, key_id)
        finally:
            self._known.pop(key_id, None)

    async def check(self) -> None:
        """Ask whether the signer is well; raise what a call would raise if not."""
        await self._in_time(self._repeating, self._link.check)

    def renew(self, tls: ClientTLS) -> None:
        """Make new connections with these files; calls under way are not disturbed."""
        self._link.renew(tls)

    async def close(self) -> None:
        """End all calls and connections; further calls fail at once."""
        self._closed = True
        for call in tuple(self._running):
            call.cancel()
        await self._link.close()

    async def _create(self, gun: str, role: str, algorithm: str) -> PublicKey:
        try:
            key = await self._link.create_key(gun, role, algorithm)
        except NotConnected:
            # After anything else, a key may have been made: that would be a second.
            key = await self._link.create_key(gun, role, algorithm)
        # A signer without its database may answer success, and a key of nothing.
        if key.keytype != algorithm or not _is_usable(key):
            self._distrust(f"answers what is no {algorithm} key")
        return self._remembered(key)

    async def _public(self, key_id: str) -> PublicKey:
        known = self._known.get(key_id)
        if known is None:
            known = await self._repeating(self._link.get_key, key_id)
            if not _is_usable(known) or known.key_id != key_id:
                self._distrust(f"answers what is not key {key_id}")
        return self._remembered(known)

    async def _sign(self, key_id: str, payload: bytes) -> Signature:
        key = await self._public(key_id)
        try:
            signature = await self._repeating(self._link.sign, key_id, payload)
        except UnknownKey:
            self._known.pop(key_id, None)
            raise
        if signature.key_id != key_id or not verifies(key, signature, payload):
            self._distrust(f"answers what is no signature by key {key_id}")
        return signature

    def _remembered(self, key: PublicKey) -> PublicKey:
        self._known[key.key_id] = key
        self._known.move_to_end(key.key_id)
        if len(self._known) > CACHE_SIZE:
            self._known.popitem(last=False)
        return key

    def _distrust(self, reason: str) -> NoReturn:
        raise SigningUnavailable(f"{self._link.name} {reason}")

    async def _repeating(
        self, call: Callable[..., Coroutine[Any, Any, _T]], *arguments: object
    ) -> _T:
        """Call, and once more if the connection, an old one perhaps, broke."""
        try:
            return await call(*arguments)
        except ConnectionFailed:
            return await call(*arguments)

    async def _in_time(
        self, call: Callable[..., Coroutine[Any, Any, _T]], *arguments: object
    ) -> _T:
        """Call, and raise ``SigningUnavailable`` at the deadline or when closed."""
        if self._closed:
            raise SigningUnavailable(f"{self._link.name}: the connection is closed")
        running = Deferred.fromCoroutine(call(*arguments))
        self._running.add(running)
        running.addTimeout(self._seconds, self._clock, self._too_late)
        try:
            return await running
        except CancelledError:
            if self._closed:
                raise SigningUnavailable(
                    f"{self._link.name}: the connection is closed"
                ) from None
            raise
        finally:
            self._running.discard(running)

    def _too_late(self, _result: object, seconds: float) -> NoReturn:
        raise SigningUnavailable(
            f"{self._link.name}: no answer within {seconds:g} seconds"
        )


def _is_usable(key: PublicKey) -> bool:
    """Tell whether it is of a type that signers make, in the form of that type."""
    if len(key.public or b"") != _LENGTHS.get(key.keytype):
        return False
    return verifying_key(key) is not None


def _check_id(key_id: str) -> None:
    """Raise ``UnknownKey`` for what is no SHA-256: no signer has such a key."""
    if not _KEY_ID.fullmatch(key_id):
        raise UnknownKey(key_id)
