"""The store in memory keeps the contract of every store."""

import pytest

from notary.storage.memory import MemoryStore
from tests.storage.contract import MetadataStoreContract


class TestMemoryStore(MetadataStoreContract):
    @pytest.fixture
    def stores(self):
        store = MemoryStore()
        return store, store
