"""Keys on MySQL: one is made at a time, and found by an index."""

import hashlib

import pytest
from attrs import evolve

from notary.storage import statements
from notary.storage.mysql import MySQLDialect
from notary.storage.sql_keys import SQLKeyStore
from tests.signing.keystore_contract import NOW, ROW
from tests.storage.samples import outcomes


@pytest.fixture
def stores(open_mysql_keys):
    return [SQLKeyStore(open_mysql_keys()) for _ in range(2)]


def test_of_keys_made_at_the_same_time_one_is_kept(run, stores, mysql_places):
    for number in range(5):
        rows = [
            evolve(ROW, key_id=f"{number} {each}", gun=f"gun{number}")
            for each in range(8)
        ]
        made = run(
            outcomes(
                stores[index % 2].reuse_or_insert(row, NOW)
                for index, row in enumerate(rows)
            )
        )
        assert len({row.key_id for row in made}) == 1
    assert mysql_places.signer.run("SELECT COUNT(*) FROM private_keys") == [(5,)]


def test_a_key_is_looked_up_in_an_index(mysql_places):
    place = mysql_places.signer
    place.run(
        """INSERT INTO private_keys (key_id, encryption_alg, keywrap_alg, algorithm,
        passphrase_alias, public, private, gun, role, last_used)
        SELECT SHA2(seq, 256), '', '', 'ecdsa', '', '', '', CONCAT('gun', seq),
        'timestamp', '2026-01-01' FROM seq_1_to_5000""",
        "ANALYZE TABLE private_keys",
    )
    dialect = MySQLDialect(NOW.tzinfo)
    values = {
        "key_id": hashlib.sha256(b"1").hexdigest(),
        "now": "2026-01-01 00:00:00",
    }
    values |= {"gun": "gun7", "role": "timestamp", "algorithm": "ecdsa"}
    values |= {"alias": "", "after": "ff", "limit": 100, "new_alias": ""}
    values |= {"private": b"", "new_private": b""}
    by_id = ("KEY", "MARK_KEY_USED", "DELETE_KEY", "PRIVATE", "REPLACE_PRIVATE")
    searches = {"key_id": (*by_id, "KEYS_UNDER_ALIAS"), "gun_role": ("UNUSED_KEY",)}
    with place.connect(charset="utf8mb4") as connection:
        cursor = connection.cursor()
        for index, names in searches.items():
            for name in names:
                sql = dialect.adapt(getattr(statements, name))
                cursor.execute(f"EXPLAIN {sql}", values)
                assert cursor.fetchone()[5] == index, name


def test_times_of_keys_are_wall_times_of_utc(run, stores, mysql_places):
    run(stores[0].insert(ROW, NOW))
    run(stores[0].mark_used(ROW.key_id, NOW))
    assert mysql_places.signer.run(
        "SELECT CONCAT(created_at), CONCAT(updated_at), CONCAT(last_used)"
        " FROM private_keys"
    ) == [("2026-11-22 10:50:03",) * 3]
