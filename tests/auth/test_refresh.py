"""When keys are fetched: at once, on time, again after failures, early, never after."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from notary.auth.files import KeysError
from notary.auth.keyset import KeySet
from notary.auth.refresh import EARLY_SECONDS, KeyRefresh, token_authenticator
from notary.settings import TokenSettings
from tests.auth.minting import ISSUER, NOW, PULL, SERVICE


class Source:
    """The keys of an issuer at a URL that answers as a test wants, when it wants."""

    name = "i"
    is_remote = True

    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)
        self.asked = 0
        self.keys = KeySet()
        self.reloaded = True

    def current(self):
        return self.keys

    def reload(self):
        if isinstance(self.reloaded, Exception):
            raise self.reloaded
        return self.reloaded

    async def fetch(self, reactor):
        self.asked += 1
        outcome = self.outcomes.pop(0) if self.outcomes else 600
        if isinstance(outcome, Deferred):
            await outcome
        if isinstance(outcome, Exception):
            raise outcome
        self.keys = KeySet()
        return outcome

    def __str__(self):
        return "1 certificate"


@pytest.fixture
def clock():
    return Clock()


def started(clock, *outcomes):
    source = Source(*outcomes)
    refresh = KeyRefresh([source], clock)
    refresh.startService()
    return source, refresh


def test_keys_are_fetched_at_the_start_and_before_they_are_stale(clock):
    source, _ = started(clock, 600)
    assert source.asked == 1
    clock.advance(479)
    assert source.asked == 1
    clock.advance(121)
    assert source.asked == 2


def test_a_url_fails_from_a_failure_to_the_next_answer(clock):
    _, refresh = started(clock, KeysError("down"), 600)
    assert refresh.failing == 1
    clock.advance(1)
    assert refresh.failing == 0


def test_attempts_after_failures_are_further_and_further_apart(clock):
    source, _ = started(clock, *[KeysError("down")] * 12)
    waited = []
    while source.outcomes:
        asked, seconds = source.asked, 0
        while source.asked == asked:
            clock.advance(1)
            seconds += 1
        waited.append(seconds)
    assert waited == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_every_failure_is_logged_with_its_reason_and_the_recovery_too(clock):
    with capturedLogs() as events:
        started(clock, KeysError("no answer within 10 s"), 600)
        clock.advance(1)
    said = [event["log_format"].format(**event) for event in events]
    assert said == [
        "the key set of issuer i cannot be fetched: no answer within 10 s;"
        " the next attempt is in 1 s, and used until then: 1 certificate",
        "the key set of issuer i was fetched: 1 certificate",
    ]


def test_a_fault_of_ours_is_logged_and_is_not_the_end_of_asking(clock):
    with capturedLogs() as events:
        source, _ = started(clock, RecursionError("deep"), 600)
        clock.advance(1)
    assert source.asked == 2
    assert events[0]["log_failure"].check(RecursionError)


def test_a_token_with_an_unknown_key_has_them_fetched_early_but_not_too_often(clock):
    source, refresh = started(clock)
    refresh.hasten()
    assert source.asked == 1
    clock.advance(EARLY_SECONDS)
    for _ in range(100):
        refresh.hasten()
    assert source.asked == 2
    clock.advance(EARLY_SECONDS - 1)
    refresh.hasten()
    assert source.asked == 2


def test_only_one_request_is_under_way(clock):
    waiting = Deferred()
    source, refresh = started(clock, waiting)
    clock.advance(3600)
    refresh.hasten()
    refresh.reload()
    assert source.asked == 1


def test_after_the_end_nothing_is_asked_or_waited_for(clock):
    waiting = Deferred()
    for outcome in (600, waiting, KeysError("down")):
        source, refresh = started(clock, outcome)
        with capturedLogs() as events:
            refresh.stopService()
        assert clock.getDelayedCalls() == []
        clock.advance(10_000)
        refresh.hasten()
        assert source.asked == 1
        assert list(events) == []
    assert waiting.called


def test_reading_again_asks_the_url_and_says_what_has_changed(clock):
    source, refresh = started(clock)
    assert refresh.reload() == "issuer i: 1 certificate, new"
    assert source.asked == 2
    source.reloaded = False
    assert refresh.reload() == "issuer i: 1 certificate, as before"
    source.reloaded = KeysError("open b: no such file or directory")
    with capturedLogs() as events:
        said = refresh.reload()
    assert said == "issuer i: failed, 1 certificate as before"
    assert "no such file" in events[0]["reason"]
    assert source.asked == 4


def test_without_token_authentication_there_is_nobody_to_ask_and_nothing_to_read():
    seen = []
    authenticator, refresh = token_authenticator(None, (), Clock(), None, seen.append)
    assert authenticator is None
    assert refresh.reload() == "there are no keys"


def test_a_refusal_is_counted_and_if_it_was_about_the_key_keys_are_fetched(clock, mint):
    source, seen = Source(), []
    source.name = ISSUER
    token = TokenSettings("r", SERVICE, ())
    authenticator, refresh = token_authenticator(
        token, [source], clock, lambda: NOW, seen.append
    )
    refresh.startService()
    clock.advance(EARLY_SECONDS)
    for bearer, reason in (("x.y.z", "form"), (mint(), "key")):
        with pytest.raises(Exception, match=reason):
            authenticator.authenticate(f"Bearer {bearer}", PULL, "host")
    assert seen == ["form", "key"]
    assert source.asked == 2
