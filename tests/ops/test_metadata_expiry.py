"""Going through all metadata: from the start on, slowly, and whatever happens."""

import threading
import time
from typing import Any

import pytest
from attrs import define, field
from twisted.internet.threads import blockingCallFromThread
from twisted.logger import globalLogPublisher

from notary.ops.metadata_expiry import PAGE_FILES, PAGE_SECONDS, MetadataExpiryCount
from notary.storage.memory import MemoryStore
from notary.storage.store import NewFile, StorageError
from tests.publisher import FAR, NOW, ed25519_key, sign, snapshot, targets

KEY = ed25519_key()
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
def events(reactor_thread):
    seen = []
    globalLogPublisher.addObserver(seen.append)
    yield seen
    globalLogPublisher.removeObserver(seen.append)


@pytest.fixture
def counting(reactor_thread, store):
    """Start to count; return a function that waits for the first count."""
    shown, arrived = [], threading.Event()

    def show(found):
        shown.append(found)
        arrived.set()

    def first():
        assert arrived.wait(LIMIT_SECONDS)
        return shown[0]

    count = MetadataExpiryCount(store, reactor_thread, lambda: NOW, show)
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


def test_an_empty_store_is_counted_with_one_query(store, counting):
    assert counting().counts == {}
    assert len(store.asked) == 1


@pytest.mark.parametrize("failure", [StorageError("it is away"), ValueError("a bug")])
def test_a_failure_is_told_and_shows_nothing(reactor_thread, store, events, failure):
    store.failure = failure
    shown = []
    count = MetadataExpiryCount(store, reactor_thread, lambda: NOW, shown.append)
    blockingCallFromThread(reactor_thread, count.startService)
    wait_until(lambda: any("could not count" in str(event) for event in list(events)))
    blockingCallFromThread(reactor_thread, count.stopService)
    assert shown == []
