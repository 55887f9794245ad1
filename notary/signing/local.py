"""Signing in this process, with keys that a ``KeyStore`` keeps encrypted.

The embedded server signs with it directly; a signer serves it to others. Decrypted
keys are remembered, since deriving the key that opens them is slow on purpose. That a
key has signed is stored before its signature is given away, so that nobody takes it
for unused; but not again at every signature, for it is a transaction.
"""

from collections import OrderedDict
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from attrs import define
from twisted.internet.threads import deferToThread
from twisted.logger import Logger

from notary.signing import jwe, private_keys
from notary.signing.keystore import KeyExists, KeyRow, KeyStore
from notary.signing.passphrase import PassphraseError, Passphrases
from notary.signing.private_keys import PrivateKey
from notary.signing.service import SigningRefused, SigningUnavailable, UnknownKey
from notary.storage.limits import is_storable_name
from notary.storage.store import StorageError
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import Signature

CACHE_SIZE = 4096

MARKED_FOR = timedelta(minutes=1)
"""How long a key is not marked as used again. By marking it is found out that another
process deleted a key: for so long it may sign."""

_T = TypeVar("_T")


def _nobody(_algorithm: str) -> None:
    """Tell nobody."""


@define
class _Opened:
    """A decrypted key, and when it was last marked as used."""

    key: PrivateKey
    marked: datetime | None = None


class LocalSigner:
    """A ``SigningService`` over a key store; ``now`` returns aware times.

    ``created`` is told the algorithm of each key that is made.
    """

    _log = Logger()

    def __init__(
        self,
        keys: KeyStore,
        passphrases: Passphrases,
        now: Callable[[], datetime],
        cache_size: int = CACHE_SIZE,
        *,
        created: Callable[[str], None] = _nobody,
    ) -> None:
        self._keys = keys
        self._passphrases = passphrases
        self._now = now
        self._cache_size = cache_size
        self._created = created
        self._decrypted: OrderedDict[str, _Opened] = OrderedDict()

    async def create_key(self, gun: str, role: str, algorithm: str) -> PublicKey:
        """Return an unused key for the role of the GUN, made now if there is none."""
        if algorithm not in private_keys.ALGORITHMS:
            raise SigningRefused(f"keys of algorithm {algorithm!r} are not made here")
        if not (is_storable_name(gun) and is_storable_name(role)):
            raise SigningRefused("the name of the repository or the role is too long")
        row = await _stored(self._keys.unused(gun, role, algorithm))
        if row is None:
            new = await self._new_row(gun, role, algorithm)
            row = await _stored(self._keys.reuse_or_insert(new, self._now()))
            if row.key_id == new.key_id:
                self._created(algorithm)
        # A key that cannot be opened must not get into a root: it would never sign.
        return (await self._opened(row)).key.public

    async def get_key(self, key_id: str) -> PublicKey:
        """Return the public key with this id or raise ``UnknownKey``."""
        row = await self._row(key_id)
        return PublicKey(row.algorithm, row.public)

    async def role_of(self, key_id: str) -> str:
        """Return the role that the key was made for or raise ``UnknownKey``."""
        return (await self._row(key_id)).role

    async def sign(self, key_id: str, payload: bytes) -> Signature:
        """Return the signature of ``payload`` as it is, or raise ``UnknownKey``."""
        opened = self._decrypted.get(key_id)
        if opened is None:
            opened = await self._opened(await self._row(key_id))
        else:
            self._decrypted.move_to_end(key_id)
        signature = opened.key.sign(payload)
        await self._mark_used(opened)
        return signature

    async def delete_key(self, key_id: str) -> None:
        """Forget the key; deleting an unknown one succeeds."""
        self._decrypted.pop(key_id, None)
        await _stored(self._keys.delete(key_id, self._now()))
        self._decrypted.pop(key_id, None)

    async def _row(self, key_id: str) -> KeyRow:
        row = await _stored(self._keys.by_id(key_id))
        if row is None:
            raise UnknownKey(key_id)
        return row

    async def _new_row(self, gun: str, role: str, algorithm: str) -> KeyRow:
        alias = self._passphrases.alias
        passphrase = self._passphrase(alias)
        key, private = await deferToThread(_generate, algorithm, passphrase)
        public = key.public.public or b""
        return KeyRow(key.public.key_id, algorithm, public, private, gun, role, alias)

    async def _opened(self, row: KeyRow) -> _Opened:
        """Return the decrypted key, from memory if it is there."""
        opened = self._decrypted.get(row.key_id)
        if opened is None:
            opened = _Opened(await self._read(row))
            self._decrypted[row.key_id] = opened
        self._decrypted.move_to_end(row.key_id)
        while len(self._decrypted) > self._cache_size:
            self._decrypted.popitem(last=False)
        return opened

    async def _read(self, row: KeyRow) -> PrivateKey:
        try:
            return await self._decrypt(row)
        except SigningUnavailable:
            # It may have been moved to another passphrase since it was read.
            again = await _stored(self._keys.by_id(row.key_id))
            if again is None or again.private == row.private:
                raise
        return await self._decrypt(again)

    async def _decrypt(self, row: KeyRow) -> PrivateKey:
        passphrase = self._passphrase(row.passphrase_alias)
        return await deferToThread(_open, row, passphrase)

    def _passphrase(self, alias: str) -> str:
        try:
            return self._passphrases.get(alias)
        except PassphraseError as error:
            raise SigningUnavailable(str(error)) from None

    async def _mark_used(self, opened: _Opened) -> None:
        """Note the use; a key that another process has deleted does not count."""
        now, key_id = self._now(), opened.key.public.key_id
        if opened.marked and opened.marked <= now < opened.marked + MARKED_FOR:
            return
        try:
            exists = await self._keys.mark_used(key_id, now)
        except StorageError as error:
            self._log.warn(
                "key {key_id} has signed but is not marked as used: {reason}",
                key_id=key_id,
                reason=str(error),
            )
            return
        if not exists:
            self._decrypted.pop(key_id, None)
            raise UnknownKey(key_id)
        opened.marked = now


def _generate(algorithm: str, passphrase: str) -> tuple[PrivateKey, str]:
    key = private_keys.generate(algorithm)
    return key, jwe.encrypt(key.plaintext(), passphrase)


def _open(row: KeyRow, passphrase: str) -> PrivateKey:
    try:
        plaintext = jwe.decrypt(row.private, passphrase)
        return private_keys.parse_named(row.key_id, row.algorithm, plaintext)
    except (jwe.Undecryptable, private_keys.UnreadableKey) as error:
        raise SigningUnavailable(
            f"key {row.key_id} of passphrase alias {row.passphrase_alias!r} is"
            f" unusable: {error}"
        ) from None


async def _stored(answer: Coroutine[Any, Any, _T]) -> _T:
    try:
        return await answer
    except (StorageError, KeyExists) as error:
        raise SigningUnavailable(f"the key store failed: {error}") from None
