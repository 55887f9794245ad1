"""The seam below signing: where encrypted private keys are kept.

A row is what one row of the Go signer's table ``private_keys`` means; the store
never sees a passphrase or a decrypted key. Encrypting is left to ``jwe``,
deciding which key to use to the signing service.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from attrs import evolve, field, frozen

from notary.signing.jwe import ENCRYPTION, KEY_WRAP
from notary.storage.limits import is_storable_name
from notary.storage.store import StorageError


class KeyExists(Exception):
    """A key with this id is or was in the store; its id stays taken."""


@frozen
class KeyRow:
    """One key at rest: ``private`` is the compact JWE of the private part.

    ``last_used`` is ``None`` as long as the key has never signed.
    """

    key_id: str
    algorithm: str
    public: bytes = field(repr=False)
    private: str = field(repr=False)
    gun: str
    role: str
    passphrase_alias: str
    encryption_alg: str = ENCRYPTION
    keywrap_alg: str = KEY_WRAP
    last_used: datetime | None = None


def check_storable(
    row: KeyRow, can_hold: Callable[[str], bool] = is_storable_name
) -> None:
    """Raise ``StorageError`` if a name of the key does not fit its column."""
    if not all(map(can_hold, (row.key_id, row.gun, row.role))):
        raise StorageError("a name of the key does not fit its column")


class KeyStore(Protocol):
    """Keys by their ids, which are compared byte for byte.

    Every method may raise ``StorageError``.
    """

    async def insert(self, row: KeyRow, now: datetime) -> None:
        """Store a new key or raise ``KeyExists``."""

    async def reuse_or_insert(self, row: KeyRow, now: datetime) -> KeyRow:
        """Return the unused key of the row's GUN, role and algorithm.

        The row itself is stored, or ``KeyExists`` raised, if there is none.
        """

    async def by_id(self, key_id: str) -> KeyRow | None:
        """Return the key with this id unless it was deleted."""

    async def unused(self, gun: str, role: str, algorithm: str) -> KeyRow | None:
        """Return the key that has never signed; of several that with the lowest id."""

    async def mark_used(self, key_id: str, now: datetime) -> bool:
        """Note that the key has signed; tell whether there is such a key."""

    async def delete(self, key_id: str, now: datetime) -> None:
        """Hide the key for good; deleting an unknown one succeeds."""

    async def under_alias(
        self, alias: str, after_key_id: str, limit: int
    ) -> list[KeyRow]:
        """Return the next keys of exactly this alias, also those that were deleted.

        They are in the store's order of ids and come after ``after_key_id`` in it;
        the first come after the empty one.
        """

    async def replace_private(
        self, row: KeyRow, private: str, alias: str, now: datetime
    ) -> bool:
        """Put the key under another passphrase, unless it no longer is as in ``row``.

        Private part and alias change together, for a deleted key too; tell whether
        both are found as they were given.
        """


class MemoryKeyStore:
    """A ``KeyStore`` that forgets everything when the process ends."""

    def __init__(self) -> None:
        self._rows: dict[str, KeyRow] = {}
        self._deleted: dict[str, KeyRow] = {}

    async def insert(self, row: KeyRow, now: datetime) -> None:  # noqa: ARG002
        """Store a new key or raise ``KeyExists``."""
        check_storable(row)
        if row.key_id in self._rows or row.key_id in self._deleted:
            raise KeyExists(row.key_id)
        self._rows[row.key_id] = row

    async def reuse_or_insert(self, row: KeyRow, now: datetime) -> KeyRow:
        """Return the unused key there is, or store this one."""
        unused = await self.unused(row.gun, row.role, row.algorithm)
        if unused is None:
            await self.insert(row, now)
        return unused or row

    async def by_id(self, key_id: str) -> KeyRow | None:
        """Return the key with this id unless it was deleted."""
        return self._rows.get(key_id)

    async def unused(self, gun: str, role: str, algorithm: str) -> KeyRow | None:
        """Return the key that has never signed; of several that with the lowest id."""
        wanted = (gun, role, algorithm)
        found = (
            row
            for row in self._rows.values()
            if row.last_used is None and (row.gun, row.role, row.algorithm) == wanted
        )
        return min(found, key=lambda row: row.key_id, default=None)

    async def mark_used(self, key_id: str, now: datetime) -> bool:
        """Note that the key has signed; tell whether there is such a key."""
        row = self._rows.get(key_id)
        if row is None:
            return False
        self._rows[key_id] = evolve(row, last_used=now)
        return True

    async def delete(self, key_id: str, now: datetime) -> None:  # noqa: ARG002
        """Hide the key for good; deleting an unknown one succeeds."""
        row = self._rows.pop(key_id, None)
        if row is not None:
            self._deleted[key_id] = row

    async def under_alias(
        self, alias: str, after_key_id: str, limit: int
    ) -> list[KeyRow]:
        """Return the next keys of exactly this alias, also those that were deleted."""
        found = (
            row
            for row in (*self._rows.values(), *self._deleted.values())
            if row.passphrase_alias == alias and row.key_id > after_key_id
        )
        return sorted(found, key=lambda row: row.key_id)[:limit]

    async def replace_private(
        self,
        row: KeyRow,
        private: str,
        alias: str,
        now: datetime,  # noqa: ARG002
    ) -> bool:
        """Put the key under another passphrase, unless it is not as in ``row``."""
        rows = self._deleted if row.key_id in self._deleted else self._rows
        found = rows.get(row.key_id)
        if found is None or _secret(found) != _secret(row):
            return False
        rows[row.key_id] = evolve(found, private=private, passphrase_alias=alias)
        return True


def _secret(row: KeyRow) -> tuple[str, str]:
    return row.private, row.passphrase_alias
