"""A server in memory, with a clock that tests set."""

from datetime import datetime, timedelta

import pytest
from attrs import define

from notary.server.service import Service
from notary.signing.keystore import MemoryKeyStore
from notary.signing.local import LocalSigner
from notary.signing.passphrase import Passphrases
from notary.storage.memory import MemoryStore
from tests.publisher import NOW
from tests.reading import new_files
from tests.server.publishing import first_published
from tests.storage.observer import Notes


@define
class Clock:
    """Stands still until it is told to go on."""

    time: datetime = NOW

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **duration: float) -> None:
        self.time += timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def signer(clock) -> LocalSigner:
    passphrases = Passphrases("test", {"test": "a passphrase"})
    return LocalSigner(MemoryKeyStore(), passphrases, clock)


@pytest.fixture
def notes() -> Notes:
    """What is asked of a database that is opened with it."""
    return Notes()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def service(store, signer, clock) -> Service:
    return Service(store, signer, clock, "ed25519", new_files(store))


@pytest.fixture
def published(run, service):
    """A repository of which the server signs the snapshot."""
    run(first_published(service, server_snapshot=True))
