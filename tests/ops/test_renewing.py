"""The service that renews what is due: how fast, and what it says when it cannot."""

from datetime import timedelta

import pytest
from attrs import evolve
from twisted.logger import LogLevel

from notary.ops.renewing import LONGEST_AWAY_SECONDS, REMINDER_SECONDS, Renewing
from notary.ops.reserve import Reserve
from notary.server import online_keys, serve
from notary.server.backlog import Due
from notary.server.publish import publish
from notary.server.service import Service
from notary.signing.keystore import MemoryKeyStore
from notary.signing.local import LocalSigner
from notary.signing.passphrase import Passphrases
from notary.storage.memory import MemoryStore
from notary.tuf import moment
from tests.ops.stepped_reactor import SteppedReactor
from tests.publisher import NOW, Publisher
from tests.reading import new_files
from tests.server.doubles import CountingSigner, SignerDown, SignerWithoutKeys
from tests.server.publishing import uploads

HALF = timedelta(days=7, seconds=1)
DAY = 86400
PER_MINUTE = 120
COUNT = 30


@pytest.fixture
def clock():
    """The time, in a list that tests change."""
    return [NOW]


@pytest.fixture
def reactor(reactor_thread):
    return SteppedReactor(reactor_thread)


@pytest.fixture
def service(run, clock, reactor):
    """A server of some repositories, of which all timestamps are due."""
    store, keys = MemoryStore(), MemoryKeyStore()

    def now():
        return clock[0]

    local = LocalSigner(keys, Passphrases("test", {"test": "a passphrase"}), now)
    found = Service(
        store, CountingSigner(local), now, "ed25519", new_files(store, reactor)
    )

    async def story():
        for number in range(COUNT):
            gun = f"gun-{number}"
            key = await online_keys.get_key(found, gun, "timestamp")
            await publish(found, gun, uploads(Publisher(gun, key).first_publish()))

    run(story())
    clock[0] += HALF
    found.signer.signatures = 0
    return found


@pytest.fixture
def start(reactor):
    """Start what renews for a service, with all repositories in its backlog."""
    started = []

    def start_it(service, count=COUNT):
        reserve = Reserve(service.renewals.backlog, service.now)
        expires = moment.of(NOW + timedelta(days=14)).nanoseconds
        reserve.found(Due(f"gun-{n}", "base", expires + n) for n in range(count))
        started.append(Renewing(service, reactor, PER_MINUTE, reserve))
        started[-1].startService()
        for call, arguments, more in reactor.whenRunningHooks:
            call(*arguments, **more)
        reactor.whenRunningHooks.clear()
        return reserve

    yield start_it
    for each in started:
        each.stopService()
    assert reactor.getDelayedCalls() == []


def said(events, text):
    return [each for each in list(events) if text in each.get("log_format", "")]


def changes(run, service):
    found = run(service.store.changes(None, 10 * COUNT, after=0))
    return sorted((each.gun, each.version) for each in found)


EVERYTHING = sorted((f"gun-{n}", version) for n in range(COUNT) for version in (1, 2))


def test_what_is_due_is_renewed_steadily_and_once(run, reactor, service, start):
    def story():
        reserve = start(service)
        assert service.signer.signatures == 0
        reactor.pass_seconds(5)
        # Two a second on average, pauses between half and one and a half of that.
        assert 4 <= service.signer.signatures <= 20
        reactor.pass_seconds(40)
        assert reserve.waiting() == 0
        reactor.pass_seconds(60)

    reactor.play(story)
    assert service.signer.signatures == COUNT
    assert changes(run, service) == EVERYTHING


def test_two_servers_share_the_work_and_sign_nothing_twice(
    run, reactor, service, start
):
    other = evolve(service, files=new_files(service.store, reactor))

    def story():
        for each in (service, other):
            start(each)
        reactor.pass_seconds(60)

    reactor.play(story)
    assert service.signer.signatures == COUNT
    assert changes(run, service) == EVERYTHING


def test_while_the_signer_is_down_it_is_told_how_long_the_reserve_lasts(
    run, reactor, service, start, events
):
    down = evolve(service, signer=SignerDown())

    def story():
        reserve = start(down, 3)
        reactor.pass_seconds(REMINDER_SECONDS - 60)
        (event,) = said(events, "cannot be signed anew")
        assert event["log_level"] == LogLevel.error
        text = event["log_format"].format(**event)
        assert text == (
            "timestamps cannot be signed anew: the signer is down; 3 are due,"
            " the first expires in 168.0 hours"
        )
        reactor.pass_seconds(240)
        assert len(said(events, "cannot be signed anew")) == 2
        assert reserve.waiting() == 3
        assert reserve.seconds() == pytest.approx(7 * DAY, abs=2)

    reactor.play(story)
    assert changes(run, service) == [each for each in EVERYTHING if each[1] == 1]


def test_it_goes_on_soon_after_the_signer_is_back(run, reactor, service, start, events):
    signer, working = service.signer, service.signer.inner
    signer.inner = SignerDown()

    def story():
        reserve = start(service)
        reactor.pass_seconds(300)
        assert reserve.waiting() == COUNT
        tried, signer.inner = signer.signatures, working
        # Pauses grow up to a limit, for there are others who need the signer.
        assert tried < 40
        reactor.pass_seconds(1.5 * LONGEST_AWAY_SECONDS + 60)
        assert reserve.waiting() == 0

    reactor.play(story)
    assert len(said(events, "are signed anew again")) == 1
    assert changes(run, service) == EVERYTHING


def test_when_the_reserve_is_exhausted_that_is_told(
    reactor, service, start, events, clock
):
    clock[0] += HALF
    down = evolve(service, signer=SignerDown())

    def story():
        start(down, 3)
        reactor.pass_seconds(5)

    reactor.play(story)
    (event,) = said(events, "cannot be signed anew")
    assert event["log_format"].format(**event).endswith("3 are due, some have expired")


def test_lost_keys_are_told_and_tried_again_only_when_they_are_found_again(
    reactor, service, start, events
):
    lost = evolve(service, signer=SignerWithoutKeys())

    def story():
        reserve = start(lost)
        reactor.pass_seconds(30)
        assert reserve.waiting() == 0

    reactor.play(story)
    (event,) = said(events, "and expires in")
    assert event["log_level"] == LogLevel.error
    assert "the signer lacks keys of role timestamp" in str(event["reason"])


def test_what_was_deleted_meanwhile_is_nobodys_fault(
    run, reactor, service, start, events
):
    for number in range(COUNT):
        run(service.delete(f"gun-{number}"))

    def story():
        reserve = start(service)
        reactor.pass_seconds(10)
        assert reserve.waiting() == 0

    reactor.play(story)
    assert not said(events, "signed anew")


def test_a_bug_is_told_and_stops_nothing(run, reactor, service, start, events):
    class Buggy(SignerDown):
        async def sign(self, key_id, payload):
            raise ValueError("a bug")

    def story():
        reserve = start(evolve(service, signer=Buggy()), 3)
        reactor.pass_seconds(10)
        assert reserve.waiting() == 0

    reactor.play(story)
    assert len(said(events, "unexpected error while")) == 3


def test_readers_feed_it_too(run, reactor, service, start):
    first = run(serve.current(service, "gun-0", "timestamp"))

    def story():
        start(service, 0)
        reactor.pass_seconds(5)

    reactor.play(story)
    second = run(serve.current(service, "gun-0", "timestamp"))
    assert (first.version, second.version) == (1, 2)
    assert service.signer.signatures == 1
