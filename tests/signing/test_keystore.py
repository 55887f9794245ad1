"""The key stores: what both promise, and what a row shows of its key."""

import pytest

from notary.signing.keystore import MemoryKeyStore
from notary.storage.sql_keys import SQLKeyStore
from tests.recorded_keys import recorded_keys
from tests.signing.keystore_contract import NOW, ROW, KeyStoreContract


class TestMemoryKeyStore(KeyStoreContract):
    @pytest.fixture
    def keys(self):
        return MemoryKeyStore()


class TestSQLKeyStoreOnSQLite(KeyStoreContract):
    @pytest.fixture
    def keys(self, open_database):
        return SQLKeyStore(open_database())


class TestSQLKeyStoreOnMySQL(KeyStoreContract):
    @pytest.fixture
    def keys(self, open_mysql_keys):
        return SQLKeyStore(open_mysql_keys())


def test_all_recorded_keys_fit_into_a_store(run, open_database):
    keys = SQLKeyStore(open_database())
    rows = recorded_keys()
    for row in rows:
        run(keys.insert(row, NOW))
    assert [run(keys.by_id(row.key_id)) for row in rows] == rows
    assert sum(row.last_used is None for row in rows) == 71


def test_a_row_shows_nothing_of_the_key():
    assert "e30" not in repr(ROW)
