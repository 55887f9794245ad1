"""Files: what is asked of the database, what of the memory, and what a delete does."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from notary.server.files import FRESH_SECONDS
from notary.storage.memory import MemoryStore
from notary.storage.store import NewFile
from tests.publisher import NOW
from tests.reading import new_files
from tests.server.slow_store import SlowStore
from tests.server.test_grouping import outcome

GUN = "example.com/app"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store():
    return SlowStore(MemoryStore())


@pytest.fixture
def files(store, clock):
    clock.advance(1)
    return new_files(store, clock)


def begin(coroutine):
    return Deferred.fromCoroutine(coroutine)


def publish(store, gun=GUN, data=b"{}", version=1, base=None):
    """Publish a timestamp; return where it is found."""
    file = NewFile.of("timestamp", version, data)
    assert outcome(begin(store.publish(gun, [file], base, NOW))) is None
    return (gun, "timestamp", file.sha256)


def delete(store, gun=GUN):
    assert outcome(begin(store.delete(gun, NOW))) is True


def find(store, files, place):
    """Bring a file into memory."""
    found = begin(files.find(*place))
    store.reply()
    return outcome(found)


def test_a_file_is_read_from_the_database_once(store, files):
    place = publish(store)
    known = find(store, files, place)
    assert known.file.data == b"{}"
    assert outcome(begin(files.find(*place))) is known
    assert outcome(begin(files.find_all(GUN, {"timestamp": place[2]}))) == {
        "timestamp": known
    }
    assert store.counted == ["find"]


def test_many_who_miss_the_same_file_cost_one_query(store, files):
    place, other = publish(store), publish(store, "other")
    begin(files.find(*other))
    found = [begin(files.find(*place)) for _ in range(50)]
    store.reply()
    store.reply()
    assert {outcome(each).file.data for each in found} == {b"{}"}
    assert store.counted == ["find", "find"]


def test_by_checksum_memory_is_believed_for_a_moment_only(store, files, clock):
    place = publish(store)
    assert files.known(*place) is None
    known = find(store, files, place)
    clock.advance(FRESH_SECONDS)
    assert files.known(*place) is known
    assert outcome(begin(files.confirmed(*place))) is known
    clock.advance(0.001)
    assert files.known(*place) is None
    again = begin(files.confirmed(*place))
    assert outcome(again) is ...
    store.reply()
    assert outcome(again) is known
    assert files.known(*place) is known
    assert store.counted == ["find", "stored"]


def test_what_another_server_deleted_is_gone_as_soon_as_it_is_asked_for(
    store, files, clock
):
    place = publish(store)
    find(store, files, place)
    delete(store)
    clock.advance(FRESH_SECONDS + 0.001)
    answer = begin(files.confirmed(*place))
    store.reply()
    assert outcome(answer) is None
    assert files.known(*place) is None


def test_a_group_read_that_finds_no_timestamp_forgets_the_repository(
    store, files, clock
):
    place = publish(store)
    find(store, files, place)
    delete(store)
    newest = begin(files.newest(GUN))
    store.reply()
    assert outcome(newest) is None
    assert files.known(*place) is None


def test_confirmation_counts_from_the_beginning_of_its_query(store, files, clock):
    place = publish(store)
    found = begin(files.find(*place))
    store.look()
    clock.advance(FRESH_SECONDS + 0.001)
    store.reply()
    assert outcome(found).file.data == b"{}"
    assert files.known(*place) is None


def test_our_own_delete_is_seen_at_once(store, files):
    place = publish(store)
    find(store, files, place)
    delete(store)
    files.drop(GUN)
    assert files.known(*place) is None
    answer = begin(files.confirmed(*place))
    store.reply()
    assert outcome(answer) is None
    assert store.counted == ["find", "find"]


def test_what_was_being_read_during_a_delete_does_not_come_back(store, files, clock):
    place = publish(store)
    found = begin(files.find(*place))
    store.look()
    clock.advance(0.1)
    delete(store)
    files.drop(GUN)
    clock.advance(0.1)
    later = begin(files.confirmed(*place))
    store.reply()
    assert outcome(found) is not None
    assert files.known(*place) is None
    store.reply()
    assert outcome(later) is None


def test_what_was_being_confirmed_during_a_delete_does_not_come_back(
    store, files, clock
):
    place = publish(store)
    find(store, files, place)
    clock.advance(FRESH_SECONDS + 1)
    answer = begin(files.confirmed(*place))
    store.look()
    delete(store)
    files.drop(GUN)
    store.reply()
    assert files.known(*place) is None
    store.reply()
    assert outcome(answer) is None


def test_what_was_published_here_is_known_unless_it_was_deleted_meanwhile(
    store, files, clock
):
    file = NewFile.of("timestamp", 1, b"{}")
    place = (GUN, "timestamp", file.sha256)
    begun = files.seconds()
    clock.advance(0.1)
    files.add(GUN, [file], NOW, begun)
    assert files.known(*place).file.created_at == NOW
    files.drop(GUN)
    files.add(GUN, [file], NOW, begun)
    assert files.known(*place) is None


def test_what_is_too_large_to_keep_is_served_all_the_same(store, clock):
    files = new_files(store, clock, 10_000)
    place = publish(store, data=b"x" * 5000)
    for _ in range(2):
        assert len(find(store, files, place).file.data) == 5000
    assert store.counted == ["find", "find"]
