"""A publish whose files together are too much for one packet, but not one by one."""

import pytest

from notary.storage.sql import SQLStore
from notary.storage.transactions import MAX_INSERT_BYTES, MAX_PARTS
from tests.reading import newest_file
from tests.storage.observer import Notes
from tests.storage.samples import GUN, NOW, new

SMALLEST = 4 * MAX_INSERT_BYTES


@pytest.fixture
def small_packets(mysql_places):
    place = mysql_places.server
    (old,) = place.run("SELECT @@global.max_allowed_packet")[0]
    place.run(f"SET GLOBAL max_allowed_packet = {SMALLEST}")
    yield
    place.run(f"SET GLOBAL max_allowed_packet = {old}")


@pytest.mark.usefixtures("small_packets")
@pytest.mark.parametrize(
    ("count", "size", "statements"),
    [
        (MAX_PARTS, 10, 2),
        (20, MAX_INSERT_BYTES // 4, 6),
        (3, MAX_INSERT_BYTES + 1, 4),
    ],
)
def test_files_are_stored_together_as_far_as_packets_allow(
    run, open_mysql_database, count, size, statements
):
    notes = Notes()
    store = SQLStore(open_mysql_database(observe=notes))
    files = [new(f"targets/d{n:03}", 1, b'"' * size) for n in range(count)]
    files.append(new("timestamp", 1))
    run(store.publish(GUN, files, None, NOW))
    assert [name for name, _, _ in notes.all].count("insert_file") == statements
    for file in files:
        assert run(newest_file(store, GUN, file.role)).data == file.data
