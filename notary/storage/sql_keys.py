"""A key store in a SQL database: the Go signer's table ``private_keys``."""

import hashlib
from datetime import datetime

from notary.signing.keystore import KeyExists, KeyRow, check_storable
from notary.storage import statements
from notary.storage.database import Database, Row, Transaction
from notary.storage.dialect import Duplicate


class SQLKeyStore:
    """A ``KeyStore`` that may share its database with a ``SQLStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def insert(self, row: KeyRow, now: datetime) -> None:
        """Store a new key or raise ``KeyExists``."""
        check_storable(row, self._database.can_hold)

        def work(transaction: Transaction) -> None:
            if not (transaction.in_doubt and _stored(transaction, row.key_id) == row):
                _insert(transaction, row, now)

        try:
            await self._database.write(work)
        except Duplicate:
            raise KeyExists(row.key_id) from None

    async def reuse_or_insert(self, row: KeyRow, now: datetime) -> KeyRow:
        """Return the unused key there is, or store this one."""
        check_storable(row, self._database.can_hold)

        def work(transaction: Transaction) -> KeyRow:
            transaction.claim_key(_purpose(row))
            unused = _unused(transaction, row.gun, row.role, row.algorithm)
            if unused is None:
                _insert(transaction, row, now)
            return unused or row

        try:
            return await self._database.write(work)
        except Duplicate:
            raise KeyExists(row.key_id) from None

    async def by_id(self, key_id: str) -> KeyRow | None:
        """Return the key with this id unless it was deleted."""
        if not self._database.can_hold(key_id):
            return None
        return await self._database.ask(
            lambda transaction: _stored(transaction, key_id)
        )

    async def unused(self, gun: str, role: str, algorithm: str) -> KeyRow | None:
        """Return the key that has never signed; of several that with the lowest id."""
        if not all(map(self._database.can_hold, (gun, role, algorithm))):
            return None
        return await self._database.ask(
            lambda transaction: _unused(transaction, gun, role, algorithm)
        )

    async def mark_used(self, key_id: str, now: datetime) -> bool:
        """Note that the key has signed; tell whether there is such a key."""
        if not self._database.can_hold(key_id):
            return False

        def work(transaction: Transaction) -> bool:
            when = transaction.written(now)
            return (
                transaction.matched(statements.MARK_KEY_USED, key_id=key_id, now=when)
                > 0
            )

        return await self._database.write(work)

    async def delete(self, key_id: str, now: datetime) -> None:
        """Hide the key for good; deleting an unknown one succeeds."""
        if self._database.can_hold(key_id):
            await self._database.write(
                lambda transaction: transaction.run(
                    statements.DELETE_KEY, key_id=key_id, now=transaction.written(now)
                )
            )

    async def under_alias(
        self, alias: str, after_key_id: str, limit: int
    ) -> list[KeyRow]:
        """Return the next keys of exactly this alias, also those that were deleted."""
        if not self._database.can_hold(alias):
            return []
        facts = {"alias": alias, "after": after_key_id, "limit": limit}
        return await self._database.ask(
            lambda transaction: [
                _key(transaction, row)
                for row in transaction.rows(statements.KEYS_UNDER_ALIAS, **facts)
            ]
        )

    async def replace_private(
        self, row: KeyRow, private: str, alias: str, now: datetime
    ) -> bool:
        """Put the key under another passphrase, unless it is not as in ``row``."""

        def work(transaction: Transaction) -> bool:
            # Go's signer, too, sets updated_at with whatever it changes in a row.
            transaction.run(
                statements.REPLACE_PRIVATE,
                key_id=row.key_id,
                private=row.private.encode(),
                alias=row.passphrase_alias,
                new_private=private.encode("ascii"),
                new_alias=alias,
                now=transaction.written(now),
            )
            found = transaction.row(statements.PRIVATE, key_id=row.key_id)
            return found == (private.encode("ascii"), alias)

        return await self._database.write(work)


def _purpose(row: KeyRow) -> str:
    """Return a name for what the key is for, which can be no key id."""
    facts = "\0".join((row.gun, row.role, row.algorithm))
    return f"claim {hashlib.sha256(facts.encode()).hexdigest()}"


def _insert(transaction: Transaction, row: KeyRow, now: datetime) -> None:
    transaction.run(
        statements.INSERT_KEY,
        now=transaction.written(now),
        key_id=row.key_id,
        encryption_alg=row.encryption_alg,
        keywrap_alg=row.keywrap_alg,
        algorithm=row.algorithm,
        passphrase_alias=row.passphrase_alias,
        public=row.public,
        private=row.private.encode("ascii"),
        gun=row.gun,
        role=row.role,
        last_used=None if row.last_used is None else transaction.written(row.last_used),
    )


def _unused(
    transaction: Transaction, gun: str, role: str, algorithm: str
) -> KeyRow | None:
    row = transaction.row(
        statements.UNUSED_KEY, gun=gun, role=role, algorithm=algorithm
    )
    return _key(transaction, row) if row else None


def _stored(transaction: Transaction, key_id: str) -> KeyRow | None:
    row = transaction.row(statements.KEY, key_id=key_id)
    return _key(transaction, row) if row else None


def _key(transaction: Transaction, row: Row) -> KeyRow:
    key_id, algorithm, public, private, gun, role, alias, encryption, wrap, used = row
    return KeyRow(
        key_id,
        algorithm,
        public,
        # Anything but ASCII is no JWE, and is refused when it is to be opened.
        private.decode("ascii", "replace"),
        gun,
        role,
        alias,
        encryption,
        wrap,
        None if used is None else transaction.read(used),
    )
