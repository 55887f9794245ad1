"""Honest doubles of the seams: they do what a broken or slow peer would do."""

from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred

from notary.signing.service import SigningService, SigningUnavailable, UnknownKey
from notary.storage.store import MetadataStore, StorageError
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import Signature


class SignerDown:
    """A signing service that cannot be reached."""

    async def create_key(self, gun: str, role: str, algorithm: str) -> PublicKey:
        raise SigningUnavailable("the signer is down")

    async def get_key(self, key_id: str) -> PublicKey:
        raise SigningUnavailable("the signer is down")

    async def sign(self, key_id: str, payload: bytes) -> Signature:
        raise SigningUnavailable("the signer is down")

    async def delete_key(self, key_id: str) -> None:
        raise SigningUnavailable("the signer is down")


class SignerWithoutKeys(SignerDown):
    """A signing service that has lost every key."""

    async def get_key(self, key_id: str) -> PublicKey:
        raise UnknownKey(key_id)

    async def sign(self, key_id: str, payload: bytes) -> Signature:
        raise UnknownKey(key_id)


@define
class CountingSigner:
    """Passes everything on and counts the signatures."""

    inner: SigningService
    signatures: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def sign(self, key_id: str, payload: bytes) -> Signature:
        self.signatures += 1
        return await self.inner.sign(key_id, payload)


@define
class StoreDown:
    """A store in which every method fails."""

    def __getattr__(self, name: str) -> Any:
        async def fail(*args: Any, **kwargs: Any) -> Any:
            raise StorageError("the database is down")

        return fail


@define
class RacingStore:
    """Runs ``before_publish`` once, between the decision and the transaction."""

    inner: MetadataStore
    before_publish: Any = field(default=None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def publish(self, *args: Any, **kwargs: Any) -> None:
        before, self.before_publish = self.before_publish, None
        if before is not None:
            await before()
        await self.inner.publish(*args, **kwargs)


@define
class CrowdedStore:
    """Begins no publish before all of a number of publishers want theirs."""

    inner: MetadataStore
    expected: int
    waiting: list[Deferred[None]] = field(factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def publish(self, *args: Any, **kwargs: Any) -> None:
        arrived: Deferred[None] = Deferred()
        self.waiting.append(arrived)
        if len(self.waiting) == self.expected:
            for deferred in self.waiting:
                deferred.callback(None)
        await arrived
        await self.inner.publish(*args, **kwargs)
