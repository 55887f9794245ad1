"""What every workflow works with: the two seams, the files, and the clock."""

from collections.abc import Callable, Sequence
from datetime import datetime

from attrs import field, frozen

from notary.server.aside import Aside
from notary.server.files import Files
from notary.server.renewals import Renewals
from notary.signing.service import SigningService
from notary.storage.store import MetadataStore, NewFile


def _nobody(_role: str, _outcome: str) -> None:
    """Tell nobody."""


class MetadataNotFound(Exception):
    """There is no such metadata, for whatever reason."""


@frozen
class Service:
    """The running server as the workflows see it.

    Metadata is read through ``files``; the rest is asked of ``store``. ``now`` returns
    the current time, aware; ``key_algorithm`` is the type of the keys that are made for
    new repositories. ``renewing`` is told the role and the outcome of each renewal:
    ``stored``, ``overtaken`` by another, ``failed`` or ``root_expired``. What the
    server signed is due when ``renew_after_percent`` of its life are over. Long work is
    done ``aside``.
    """

    store: MetadataStore
    signer: SigningService
    now: Callable[[], datetime]
    key_algorithm: str
    files: Files
    renewing: Callable[[str, str], None] = _nobody
    renew_after_percent: int = 50
    aside: Aside = field(factory=Aside)
    renewals: Renewals = field(init=False, eq=False, repr=False)

    @renewals.default
    def _renewals(self) -> Renewals:
        return Renewals(self.files.seconds)

    async def store_all(
        self, gun: str, files: Sequence[NewFile], base: str | None, now: datetime
    ) -> None:
        """Publish as ``MetadataStore.publish`` does, and remember the files."""
        begun = self.files.seconds()
        await self.store.publish(gun, files, base, now)
        self.files.add(gun, files, now, begun)

    async def delete(self, gun: str) -> bool:
        """Remove every file of the GUN; tell whether there were any."""
        try:
            return await self.store.delete(gun, self.now())
        finally:
            self.files.drop(gun)
