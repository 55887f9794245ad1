"""A metadata store in a SQL database, the same for every dialect.

Each method is one transaction of ``transactions``. What has no place in a column is
never asked for.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from notary.storage import statements, transactions
from notary.storage.database import Database, Transaction
from notary.storage.dialect import Duplicate
from notary.storage.limits import (
    MAX_ID,
    MAX_VERSION,
    check_storable,
    is_storable_version,
)
from notary.storage.store import (
    Change,
    NewFile,
    Place,
    StoredFile,
    VersionExists,
)


class SQLStore:
    """A ``MetadataStore`` in the tables ``tuf_files`` and ``changefeed``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest_timestamps(self, guns: Mapping[str, int]) -> dict[str, str]:
        """Return the sha256 of the newest timestamp of each GUN that has one."""
        storable = {gun: seen for gun, seen in guns.items() if self._can_hold(gun)}
        if not storable:
            return {}
        return await self._database.ask(
            lambda transaction: transactions.newest_timestamps(transaction, storable)
        )

    async def newest_of(
        self, roles: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], StoredFile]:
        """Return the newest file of each GUN and role that has one."""
        storable = [names for names in roles if self._can_hold(*names)]
        if not storable:
            return {}
        return await self._database.ask(
            lambda transaction: transactions.newest(transaction, storable)
        )

    async def find(self, places: Collection[Place]) -> dict[Place, StoredFile]:
        """Return the files found, of any number of GUNs."""
        storable = [place for place in places if self._can_hold(*place)]
        if not storable:
            return {}
        return await self._database.ask(
            lambda transaction: transactions.find(transaction, storable)
        )

    async def stored(self, places: Collection[Place]) -> set[Place]:
        """Return the places at which there is a file."""
        storable = [place for place in places if self._can_hold(*place)]
        if not storable:
            return set()
        return await self._database.ask(
            lambda transaction: transactions.stored(transaction, storable)
        )

    async def with_version(
        self, gun: str, role: str, version: int
    ) -> StoredFile | None:
        """Return the file of the role with exactly this version."""
        if not self._can_hold(gun, role):
            return None
        if not is_storable_version(version):
            return None
        return await self._database.ask(
            lambda transaction: transactions.with_version(
                transaction, gun, role, version
            )
        )

    async def present(self, gun: str, wanted: Mapping[str, str]) -> set[str]:
        """Return the roles whose file is stored; ``wanted`` maps role to sha256."""
        storable = {
            role: sha256
            for role, sha256 in wanted.items()
            if self._can_hold(gun, role, sha256)
        }
        if not storable:
            return set()
        return await self._database.ask(
            lambda transaction: transactions.present(transaction, gun, storable)
        )

    async def newest_files(
        self, after: tuple[str, str], limit: int
    ) -> list[tuple[str, StoredFile]]:
        """Return the file with the highest version of each role, with its GUN."""
        return await self._database.ask(
            lambda transaction: transactions.newest_files(transaction, after, limit)
        )

    async def publish(
        self, gun: str, files: Sequence[NewFile], base: str | None, now: datetime
    ) -> None:
        """Store all files and the change of their timestamp, or nothing."""
        check_storable(gun, files, self._database.can_hold)
        try:
            await self._database.write(
                lambda transaction: transactions.publish(
                    transaction, gun, files, base, now
                )
            )
        except Duplicate:
            raise VersionExists("another publish was faster") from None

    async def delete(self, gun: str, now: datetime) -> bool:
        """Remove every file of exactly this GUN; tell whether there were any."""
        if not self._can_hold(gun):
            return False
        found = False

        def work(transaction: Transaction) -> bool:
            nonlocal found
            mine = found and transaction.in_doubt
            found = transactions.delete(transaction, gun, now) or mine
            return found

        return await self._database.write(work)

    async def changes(
        self,
        gun: str | None,
        limit: int,
        *,
        after: int | None = None,
        before: int | None = None,
    ) -> list[Change]:
        """Return at most ``limit`` changes of one GUN or of all, oldest first."""
        if limit <= 0 or (gun is not None and not self._can_hold(gun)):
            return []
        limit = min(limit, MAX_VERSION)
        if after is not None:
            return await self._changes(_AFTER, gun, after, limit)
        before = MAX_ID if before is None else before
        return (await self._changes(_BEFORE, gun, before, limit))[::-1]

    async def _changes(
        self, queries: tuple[str, str], gun: str | None, id_: int, limit: int
    ) -> list[Change]:
        of_all, of_gun = queries
        id_ = max(-1, min(id_, MAX_ID))

        def work(transaction: Transaction) -> list[Change]:
            rows = (
                transaction.rows(of_all, id=id_, limit=limit)
                if gun is None
                else transaction.rows(of_gun, gun=gun, id=id_, limit=limit)
            )
            return [transactions.change(transaction, row) for row in rows]

        return await self._database.ask(work)

    def _can_hold(self, *names: str) -> bool:
        return all(map(self._database.can_hold, names))


_AFTER = (statements.CHANGES_AFTER, statements.CHANGES_OF_GUN_AFTER)
_BEFORE = (statements.CHANGES_BEFORE, statements.CHANGES_OF_GUN_BEFORE)
