"""What is known of storage and signer at any moment, and what of it is logged."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import LogLevel, globalLogPublisher

from notary.ops.health import Health, keys_check, metadata_check, signer_check
from notary.ops.metrics import Metrics
from notary.signing.keystore import MemoryKeyStore
from notary.signing.service import SigningUnavailable
from notary.storage.memory import MemoryStore
from notary.storage.store import StorageError

DB, TRUST = "DB operational", "Trust operational"
TABLE, SIGNER = "Cannot access table: tuf_files", "Cannot reach the signer"
NAMESPACE = "notary.ops.watch"


class Service:
    """Something to depend on: well, failing with ``error``, or silent when it hangs."""

    def __init__(self, error=None, *, hangs=False):
        self.error, self.hangs = error, hangs
        self.asked = []

    async def ask(self):
        answer = Deferred()
        self.asked.append(answer)
        if not self.hangs:
            self.answer()
        await answer

    def answer(self):
        if self.error is None:
            self.asked[-1].callback(None)
        else:
            self.asked[-1].errback(self.error)


class Store(Service):
    """A store of which only one question is asked."""

    async def present(self, _gun, _wanted):
        return await self.ask()


@pytest.fixture
def reactor():
    return MemoryReactorClock()


@pytest.fixture
def events():
    """What the watches log: level and text, in order."""
    seen = []

    def observe(event):
        if event["log_namespace"] == NAMESPACE:
            seen.append((event["log_level"], event["log_format"].format(**event)))

    globalLogPublisher.addObserver(observe)
    yield seen
    globalLogPublisher.removeObserver(observe)


@pytest.fixture
def health(reactor):
    """Watch a store and a signer from now on."""
    started = []

    def begin(store, signer=None):
        checks = [metadata_check(store)]
        if signer is not None:
            checks.append(signer_check(signer.ask))
        found = Health(checks, reactor)
        started.append(found)
        found.startService()
        reactor.run()
        return found

    yield begin
    for each in started:
        each.stopService()
    assert reactor.getDelayedCalls() == []


def test_nothing_is_ready_before_it_was_asked(reactor):
    health = Health([metadata_check(MemoryStore())], reactor)
    health.startService()
    assert not health.can_read
    assert not health.can_write
    assert health.failed == {DB: "not checked yet"}
    reactor.run()
    assert health.can_read
    assert health.can_write
    assert health.problems == {}
    health.stopService()


def test_without_storage_nothing_can_be_served(health):
    found = health(Store(StorageError("lost")), Service())
    assert found.failed == found.problems == {DB: TABLE}
    assert (found.can_read, found.can_write) == (False, False)


def test_without_a_signer_metadata_can_still_be_read(health):
    found = health(MemoryStore(), Service(SigningUnavailable("lost")))
    assert found.failed == {}
    assert found.problems == {TRUST: SIGNER}
    assert (found.can_read, found.can_write) == (True, False)


def test_a_store_is_asked_every_ten_seconds_and_every_two_while_it_is_away(
    reactor, health
):
    store = Store()
    health(store)
    reactor.advance(9.9)
    assert len(store.asked) == 1
    store.error = StorageError("lost")
    reactor.advance(0.2)
    assert len(store.asked) == 2
    reactor.pump([2.1] * 5)
    assert len(store.asked) == 7
    store.error = None
    reactor.pump([2.1, 9.9])
    assert len(store.asked) == 8


def test_who_does_not_answer_in_time_is_away_until_it_does(reactor, health):
    store, signer = Store(hangs=True), Service()
    found = health(store, signer)
    reactor.advance(4.9)
    assert found.failed == {DB: "not checked yet"}
    reactor.advance(0.2)
    assert found.failed == {DB: TABLE}
    reactor.pump([10] * 3)
    assert len(store.asked) == 1
    assert len(signer.asked) == 4
    store.answer()
    assert found.can_write


def test_each_change_is_logged_once_and_an_outage_every_ten_minutes(
    reactor, health, events
):
    store = Store(StorageError("the database failed: 1146"))
    health(store)
    failed = (LogLevel.error, f"{DB}: {TABLE}: the database failed: 1146")
    assert events == [failed]
    reactor.pump([2] * 299)
    assert events == [failed]
    reactor.advance(3)
    assert events == [failed] * 2
    store.error = None
    reactor.pump([2, 10, 10])
    assert events[2:] == [(LogLevel.info, f"{DB}: works again, after 603 s")]


def test_silence_is_logged_as_such(reactor, health, events):
    health(Store(hangs=True))
    reactor.advance(5.1)
    assert events == [(LogLevel.error, f"{DB}: {TABLE}: no answer within 5 s")]


def test_a_fault_of_ours_is_logged_with_its_traceback(health, events):
    found = health(Store(KeyError("x")))
    assert found.failed == {DB: TABLE}
    assert events == [(LogLevel.critical, f"{DB}: {TABLE}")]


def test_what_fails_because_we_stop_is_not_logged(health, events):
    store = Store(hangs=True)
    found = health(store)
    found.stopService()
    store.error = StorageError("the database is closed")
    store.answer()
    assert events == []


def test_a_program_that_is_to_stop_is_not_ready_but_healthy(health):
    found = health(MemoryStore())
    found.drain()
    assert (found.can_read, found.can_write) == (False, False)
    assert found.problems == {"Serving": "stopping"}
    assert found.failed == {}


def test_a_signer_is_asked_for_a_key_that_does_not_exist(reactor):
    health = Health([keys_check(MemoryKeyStore())], reactor)
    health.startService()
    reactor.run()
    assert health.can_write
    health.stopService()


def test_metrics_show_what_is_known_of_each_service(health):
    found = health(MemoryStore(), Service(SigningUnavailable("lost")))
    metrics = Metrics()
    metrics.watch_services(found.up)
    page = metrics.page().decode()
    assert "\nnotary_storage_up 1.0\n" in page
    assert "\nnotary_signer_up 0.0\n" in page
