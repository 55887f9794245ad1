"""Going through all metadata: from the start on, slowly, and whatever happens."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from attrs import define, field
from twisted.internet.threads import blockingCallFromThread

from notary.ops.metadata_expiry import PAGE_FILES, PAGE_SECONDS, MetadataExpiryCount
from notary.ops.reserve import Reserve
from notary.server.backlog import Backlog
from notary.storage.memory import MemoryStore
from notary.storage.store import NewFile, StorageError
from notary.tuf.moment import rfc3339
from tests.publisher import FAR, NOW, ed25519_key, sign, snapshot, targets

KEY = ed25519_key()
DAY = timedelta(days=1)
LIMIT_SECONDS = 30


@define
class Watched:
    """A store that notes when pages were asked for, and fails if it is told to."""

    inner: MemoryStore = field(factory=MemoryStore)
    failure: Exception | None = None
    asked: list[float] = field(factory=list)
    limits: list[int] = field(factory=list)

    async def newest_files(self, after: Any, limit: int) -> Any:
        self.asked.append(time.monotonic())
        self.limits.append(limit)
        if self.failure is not None:
            raise self.failure
        return await self.inner.newest_files(after, limit)


@pytest.fixture
def store():
    return Watched()


@pytest.fixture
def backlog():
    return Backlog()


@pytest.fixture
def reserve(backlog):
    return Reserve(backlog, lambda: NOW)


def walk(store, reactor, show, reserve):
    return MetadataExpiryCount(
        store, reactor, lambda: NOW, show, after_percent=50, reserve=reserve
    )


@pytest.fixture
def counting(reactor_thread, store, reserve):
    """Start to count; return a function that waits for the first count."""
    shown, arrived = [], threading.Event()

    def show(found):
        shown.append(found)
        arrived.set()

    def first():
        assert arrived.wait(LIMIT_SECONDS)
        return shown[0]

    count = walk(store, reactor_thread, show, reserve)
    blockingCallFromThread(reactor_thread, count.startService)
    yield first
    blockingCallFromThread(reactor_thread, count.stopService)


@pytest.fixture
def published(run, store):
    """More than one page: repositories whose targets expire within the hour."""
    count = PAGE_FILES // 3 + 1
    root = sign(targets(expires=FAR), KEY)
    for number in range(count):
        signed = sign(targets(expires="2026-11-22T13:00:00Z"), KEY)
        data = sign(snapshot(1, {"root": root, "targets": signed}, expires=FAR), KEY)
        roles = {"root": root, "targets": signed, "snapshot": data}
        files = [NewFile.of(role, 1, data) for role, data in roles.items()]
        run(store.inner.publish(f"gun-{number}", files, None, NOW))
    return count


def wait_until(condition):
    end = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_every_file_is_counted_a_page_a_second(published, store, counting):
    found = counting()
    assert found.counts["targets", 1] == published
    assert found.unreadable == 0
    assert found.counted_at == NOW.timestamp()
    first, second = store.asked
    assert second - first >= PAGE_SECONDS
    assert store.limits == [PAGE_FILES] * 2


@pytest.mark.usefixtures("published")
def test_the_log_names_what_owners_should_sign(events, counting):
    counting()
    said = [event for event in events if "expires in" in event.get("log_format", "")]
    assert {event["gun"] for event in said} >= {"gun-0", "gun-1"}
    assert {event["role"] for event in said} == {"targets"}


@pytest.fixture
def damaged(run, store):
    file = NewFile.of("snapshot", 1, b"{}")
    run(store.inner.publish("gun-damaged", [file], None, NOW))


@pytest.mark.usefixtures("damaged")
def test_the_log_names_what_is_damaged(events, counting):
    assert counting().unreadable == 1
    (said,) = [each for each in events if "damaged" in each.get("log_format", "")]
    assert (said["gun"], said["role"]) == ("gun-damaged", "snapshot")


@pytest.fixture
def aged(run, store):
    """More than one page of repositories; all timestamps are due, one is stuck."""
    count = PAGE_FILES // 3 + 1
    for number in range(count):
        files = due_repository(root=NOW - DAY if number == 0 else NOW + DAY)
        run(store.inner.publish(f"gun-{number}", files, None, NOW - 10 * DAY))
    return count


def due_repository(root):
    """Return the files of a repository whose root expires then."""
    data = sign(targets(expires=rfc3339(root)), KEY)
    listing = sign(snapshot(1, {"root": data, "targets": data}, expires=FAR), KEY)
    signed = snapshot(1, {"snapshot": listing}, expires=rfc3339(NOW + 4 * DAY))
    timestamp = sign({**signed, "_type": "Timestamp"}, KEY)
    roles = {"root": data, "snapshot": listing, "timestamp": timestamp}
    return [NewFile.of(role, 1, data) for role, data in roles.items()]


def test_what_is_due_waits_and_what_is_stuck_is_told(aged, backlog, events, counting):
    counting()
    assert len(backlog) == aged - 1
    assert "gun-0" not in backlog
    (event,) = (each for each in events if "are due, but" in each.get("log_format", ""))
    assert event["count"] == 1


def test_an_empty_store_is_counted_with_one_query(store, counting):
    assert counting().counts == {}
    assert len(store.asked) == 1


@pytest.mark.parametrize("failure", [StorageError("it is away"), ValueError("a bug")])
def test_a_failure_is_told_and_shows_nothing(
    reactor_thread, store, reserve, events, failure
):
    store.failure = failure
    shown = []
    count = walk(store, reactor_thread, shown.append, reserve)
    blockingCallFromThread(reactor_thread, count.startService)
    wait_until(lambda: any("could not count" in str(event) for event in list(events)))
    blockingCallFromThread(reactor_thread, count.stopService)
    assert shown == []


@pytest.mark.usefixtures("published")
def test_a_stop_amid_a_count_is_its_end_and_no_failure(
    reactor_thread, store, reserve, events
):
    shown = []
    count = walk(store, reactor_thread, shown.append, reserve)
    blockingCallFromThread(reactor_thread, count.startService)
    wait_until(lambda: store.asked)
    blockingCallFromThread(reactor_thread, count.stopService)
    assert shown == []
    assert not any("could not count" in str(event) for event in list(events))
