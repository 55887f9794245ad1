"""What every metadata store promises, as tests that each of them subclasses."""

import pytest

from tests.storage.changes_contract import Changefeed
from tests.storage.group_contract import Groups
from tests.storage.lookup_contract import Lookups
from tests.storage.pages_contract import Pages
from tests.storage.publish_contract import Publishes


class MetadataStoreContract(Lookups, Groups, Pages, Publishes, Changefeed):
    """Subclasses give the fixture ``stores``: two views of the same, empty data."""

    @pytest.fixture
    def stores(self):
        raise NotImplementedError

    @pytest.fixture
    def store(self, stores):
        return stores[0]
