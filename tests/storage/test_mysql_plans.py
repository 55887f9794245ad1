"""What MariaDB reads for each statement: by an index, and no more than it must."""

from contextlib import closing

import pytest

from notary.storage import combined, statements
from notary.storage.mysql import MySQLDialect
from tests.storage.samples import NOW


@pytest.fixture
def full(mysql_places):
    """A database with 100,000 files, 2,000 of one GUN and 400 of one role."""
    place = mysql_places.server
    place.run(
        """INSERT INTO tuf_files (gun, role, version, data, sha256)
        SELECT IF(seq > 2000, CONCAT('gun', seq DIV 50), 'a/gun'),
            ELT(1 + seq % 5, 'root', 'targets', 'snapshot', 'timestamp', 'targets/a'),
            seq, REPEAT('x', 20), SHA2(seq, 256) FROM seq_1_to_100000""",
        """INSERT INTO changefeed (gun, version, sha256)
        SELECT gun, version, sha256 FROM tuf_files""",
        "ANALYZE TABLE tuf_files, changefeed",
    )
    return place


_OF_FILES = [
    name
    for name, sql in vars(statements).items()
    if name.isupper() and not name.startswith("_") and "private_keys" not in sql
    if name != "NEWEST_FILES"
]
_VALUES = {
    "gun": "a/gun",
    "role": "timestamp",
    "version": 1003,
    "id": 500,
    "sha256": "x" * 64,
    "limit": 100,
    "number": 0,
}


def test_every_statement_is_answered_from_an_index(full):
    """Also on a large table no statement looks at more rows than it needs."""
    dialect = MySQLDialect(NOW.tzinfo)
    with closing(full.connect(charset="utf8mb4")) as connection:
        cursor = connection.cursor()
        for name in _OF_FILES:
            sql = getattr(statements, name)
            if sql.startswith("INSERT"):
                continue
            cursor.execute("EXPLAIN " + dialect.adapt(sql), _VALUES)
            columns = [column[0] for column in cursor.description]
            for plan in cursor.fetchall():
                facts = dict(zip(columns, plan, strict=True))
                assert facts["key"], (name, facts)
                assert facts["type"] in ("const", "ref", "range"), (name, facts)
                assert "filesort" not in (facts["Extra"] or ""), (name, facts)


def test_no_statement_reads_more_rows_than_it_returns(full):
    dialect = MySQLDialect(NOW.tzinfo)
    with closing(full.connect(charset="utf8mb4")) as connection:
        cursor = connection.cursor()
        for name in _OF_FILES:
            sql = dialect.adapt(getattr(statements, name))
            if not sql.startswith("SELECT"):
                continue
            cursor.execute("FLUSH STATUS")
            returned = cursor.execute(sql, _VALUES)
            cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
            read = sum(int(value) for _, value in cursor.fetchall())
            assert read <= 2 * returned + 5, (name, read, returned)


def test_a_group_reads_the_newest_row_of_each_and_no_history(full):
    dialect = MySQLDialect(NOW.tzinfo)
    with closing(full.connect(charset="utf8mb4")) as connection:
        cursor = connection.cursor()
        for count in (1, 32, 200):
            guns = ["a/gun", *(f"gun{number}" for number in range(50, 49 + count))]
            each = [{"gun": gun, "role": "timestamp"} for gun in guns]
            sql = combined.columns(statements.NEWEST_CHECKSUM, count)
            cursor.execute("FLUSH STATUS")
            cursor.execute(dialect.adapt(sql), combined.parameters(each))
            (found,) = cursor.fetchall()
            assert all(found)
            cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
            read = sum(int(value) for _, value in cursor.fetchall())
            assert read <= 2 * count + 5


def test_a_group_whose_versions_were_seen_reads_the_rows_that_are_as_new(full):
    sql = combined.either(statements.CHECKSUMS_FROM, 32)
    guns = [(f"gun{number}", 50 * number) for number in range(50, 81)]
    each = [{"gun": gun, "version": seen} for gun, seen in [("a/gun", 1993), *guns]]
    values = combined.parameters(each) | {"role": "timestamp"}
    with closing(full.connect(charset="utf8mb4")) as connection:
        cursor = connection.cursor()
        cursor.execute("FLUSH STATUS")
        found = cursor.execute(MySQLDialect(NOW.tzinfo).adapt(sql), values)
        cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
        read = {name: int(value) for name, value in cursor.fetchall() if value != "0"}
    assert read == {"Handler_read_key": 32, "Handler_read_next": found}


def test_a_page_of_newest_files_reads_no_more_than_the_versions_on_it(full):
    sql = MySQLDialect(NOW.tzinfo).adapt(statements.NEWEST_FILES)
    place = {"after_gun": "gun1000", "after_role": "root", "limit": 10}
    with closing(full.connect(charset="utf8mb4")) as connection:
        cursor = connection.cursor()
        cursor.execute("FLUSH STATUS")
        assert cursor.execute(sql, place) == 10
        cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
        read = sum(int(value) for _, value in cursor.fetchall())
    assert read < 200, read
