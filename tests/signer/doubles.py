"""Signing services that fail in chosen ways, and one whose calls can be held."""

from twisted.internet.defer import Deferred

from notary.signing.keystore import MemoryKeyStore
from notary.signing.service import SigningUnavailable
from notary.storage.store import StorageError
from notary.tuf.keys import PublicKey


class Failing:
    """Raises the same error for everything."""

    def __init__(self, error):
        self.error = error

    async def create_key(self, gun, role, algorithm):
        raise self.error

    async def get_key(self, key_id):
        raise self.error

    async def sign(self, key_id, payload):
        raise self.error

    async def delete_key(self, key_id):
        raise self.error


class Empty(Failing):
    """Says that all is well, and has nothing to show for it."""

    def __init__(self):
        super().__init__(SigningUnavailable("nothing"))

    async def create_key(self, gun, role, algorithm):
        return PublicKey("", b"")

    async def get_key(self, key_id):
        return PublicKey("ecdsa", None)


class Held:
    """Passes calls on to another service, when it is told to go on."""

    def __init__(self, signer, reactor):
        self._signer = signer
        self._reactor = reactor
        self._gate = Deferred()
        self.begun = 0
        self.ended = 0

    def go_on(self):
        """Let all calls go on, also those to come."""
        self._reactor.callFromThread(self._gate.callback, None)

    async def create_key(self, gun, role, algorithm):
        return await self._pass(self._signer.create_key, gun, role, algorithm)

    async def get_key(self, key_id):
        return await self._pass(self._signer.get_key, key_id)

    async def sign(self, key_id, payload):
        return await self._pass(self._signer.sign, key_id, payload)

    async def delete_key(self, key_id):
        return await self._pass(self._signer.delete_key, key_id)

    async def _pass(self, call, *arguments):
        self.begun += 1
        if not self._gate.called:
            waiting = Deferred()
            self._gate.addBoth(lambda _: waiting.callback(None))
            await waiting
        try:
            return await call(*arguments)
        finally:
            self.ended += 1


class DeadKeyStore(MemoryKeyStore):
    """A key store whose database can go away and come back."""

    dead = False

    async def by_id(self, key_id):
        self._check()
        return await super().by_id(key_id)

    async def unused(self, gun, role, algorithm):
        self._check()
        return await super().unused(gun, role, algorithm)

    async def delete(self, key_id, now):
        self._check()
        await super().delete(key_id, now)

    def _check(self):
        if self.dead:
            raise StorageError("the database failed: secret of db.example")
