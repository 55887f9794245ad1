"""A server in memory, with a clock that tests set."""

from datetime import datetime, timedelta

import pytest
from attrs import define

from notary.server.service import Service
from notary.signing.keystore import MemoryKeyStore
from notary.signing.local import LocalSigner
from notary.signing.passphrase import Passphrases
from notary.storage.memory import MemoryStore
from notary.tuf.envelope import parse_upload
from tests.publisher import NOW
from tests.reading import new_files


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
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def service(store, signer, clock) -> Service:
    return Service(store, signer, clock, "ed25519", new_files(store))


def uploads(files):
    """Return the files as the edge hands them to ``publish``."""
    return {role: parse_upload(role, data) for role, data in files.items()}
