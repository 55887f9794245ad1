"""Renewing ahead of time: nobody waits for it, and it happens once."""

import pytest
from attrs import define, evolve
from twisted.internet.defer import Deferred, gatherResults

from notary.server import online_keys, serve
from notary.server.backlog import Due
from notary.server.publish import publish
from notary.server.renew import renew_due
from notary.signing.service import SigningUnavailable
from notary.storage.store import StorageError
from notary.tuf import moment, repository
from notary.tuf.errors import Expired
from tests.publisher import NOW, Publisher, sign
from tests.server.doubles import CountingSigner, SignerDown, StoreDown
from tests.server.publishing import uploads

GUN = "example.com/app"
HALF = {"days": 7, "seconds": 1}
EXPIRED = {"days": 14, "seconds": 1}
EXPIRED_SNAPSHOT = {"days": 3 * 365, "seconds": 1}


@define
class HungSigner(SignerDown):
    """A signing service that answers when it is told to."""

    answer: Deferred | None = None

    async def sign(self, key_id, payload):
        self.answer = Deferred()
        return await self.answer


@pytest.fixture
def service(service):
    return evolve(service, signer=CountingSigner(service.signer))


@pytest.fixture
def publish_once(run, service):
    """Publish a repository, of which the server may hold the key of the snapshot."""

    def publish_it(*, held=True, **root):
        async def story():
            timestamp, snapshot = [
                await online_keys.get_key(service, GUN, role)
                for role in ("timestamp", "snapshot")
            ]
            owner = Publisher(GUN, timestamp, snapshot if held else None)
            files = owner.first_publish()
            if root:
                files["root"] = sign(owner.root(**root), owner.root_key)
            await publish(service, GUN, uploads(files))
            service.signer.signatures = 0

        run(story())

    return publish_it


def read(run, service, role="timestamp"):
    return run(serve.current(service, GUN, role))


def read_all(run, service, readers):
    """Let so many read the timestamp at the same time; return what they got."""

    async def story():
        asked = [serve.current(service, GUN, "timestamp") for _ in range(readers)]
        return await gatherResults(map(Deferred.fromCoroutine, asked))

    return run(story())


def changes(run, service):
    return [each.version for each in run(service.store.changes(GUN, 10, after=0))]


def take(service):
    """Return what waits, all of it."""
    backlog = service.renewals.backlog
    return [backlog.take(0) for _ in range(len(backlog))]


def test_what_is_not_due_does_not_wait(run, publish_once, service, clock):
    publish_once()
    clock.advance(days=7)
    read(run, service)
    assert take(service) == []


@pytest.mark.parametrize("readers", [1, 12, 200])
def test_what_is_due_is_served_as_it_is_and_waits_once(
    run, publish_once, service, clock, readers
):
    publish_once()
    first = read(run, service)
    clock.advance(**HALF)
    assert set(read_all(run, service, readers)) == {first}
    assert service.signer.signatures == 0
    expires = moment.of(NOW).nanoseconds + 14 * 86400 * 10**9
    assert take(service) == [Due(GUN, first.sha256, expires)]


def test_what_waited_is_renewed_once_whoever_is_asked_to(
    run, publish_once, service, clock
):
    publish_once()
    first = read(run, service)
    clock.advance(**HALF)
    read(run, service)
    (due,) = take(service)
    assert run(renew_due(service, due)) is True
    assert run(renew_due(service, due)) is False
    second = read(run, service)
    before, after = (repository.read_timestamp(each.data) for each in (first, second))
    assert (before.version, after.version) == (1, 2)
    assert before.snapshot == after.snapshot
    assert service.signer.signatures == 1
    assert changes(run, service) == [1, 2]
    assert take(service) == []


@pytest.mark.parametrize("readers", [12, 200])
def test_readers_of_an_expired_timestamp_make_one_signature(
    run, publish_once, service, clock, readers
):
    publish_once()
    clock.advance(**EXPIRED)
    (served,) = set(read_all(run, service, readers))
    assert repository.read_timestamp(served.data).version == 2
    assert service.signer.signatures == 1
    assert changes(run, service) == [1, 2]


@pytest.mark.parametrize("held", [True, False])
def test_a_snapshot_of_the_servers_is_renewed_with_the_timestamp_once_it_is_due(
    run, publish_once, service, clock, held
):
    publish_once(held=held)
    clock.advance(days=3 * 365 // 2)
    read(run, service)
    assert read(run, service, "snapshot").version == 1
    clock.advance(days=8)
    read(run, service)
    (due,) = take(service)
    assert run(renew_due(service, due)) is True
    assert read(run, service, "snapshot").version == (2 if held else 1)
    assert read(run, service, "timestamp").version == 3


def test_at_a_hundred_percent_only_what_has_expired_is_renewed(
    run, publish_once, service, clock
):
    publish_once()
    late = evolve(service, renew_after_percent=100)
    clock.advance(days=14)
    assert read(run, late).version == 1
    assert take(late) == []
    clock.advance(seconds=1)
    assert read(run, late).version == 2


def test_below_an_expired_root_nothing_is_signed_and_nobody_tries_again_and_again(
    run, publish_once, service, clock
):
    publish_once(expires="2026-11-28T12:00:00Z")
    told = []
    service = evolve(service, renewing=lambda *facts: told.append(facts))
    clock.advance(**HALF)
    first = read(run, service)
    (due,) = take(service)
    with pytest.raises(Expired):
        run(renew_due(service, due))
    assert read(run, service) == first
    assert take(service) == []
    assert service.signer.signatures == 0
    assert told == [("timestamp", "root_expired")]
    clock.advance(days=7)
    for _ in range(3):
        with pytest.raises(Expired):
            read(run, service)
    assert told == [("timestamp", "root_expired")]


def test_with_a_signer_that_hangs_only_the_first_reader_of_what_is_valid_waits(
    run, publish_once, service, clock
):
    """The Go server made everybody wait, for ever."""
    publish_once()
    late = evolve(service, renew_after_percent=100)
    clock.advance(**EXPIRED_SNAPSHOT)
    clock.advance(days=-1)
    timestamp = run(serve.current(late, GUN, "timestamp"))
    clock.advance(days=1)
    hung = HungSigner()
    late = evolve(late, signer=hung)

    async def story():
        first = Deferred.fromCoroutine(serve.current(late, GUN, "timestamp"))
        assert not first.called
        hung.answer.errback(SigningUnavailable("no answer in time"))
        assert await first == timestamp
        for _ in range(5):
            assert await serve.current(late, GUN, "timestamp") == timestamp

    run(story())


def test_what_cannot_be_stored_is_no_reason_not_to_serve_what_is_valid(
    run, publish_once, service, clock
):
    publish_once()
    clock.advance(**EXPIRED_SNAPSHOT)
    late = evolve(service, renew_after_percent=100)
    clock.advance(days=-1)
    timestamp = run(serve.current(late, GUN, "timestamp"))
    clock.advance(days=1)
    full = evolve(late, store=StoreDown())
    assert run(serve.current(full, GUN, "timestamp")) == timestamp
    clock.advance(days=14)
    with pytest.raises(StorageError):
        run(serve.current(full, GUN, "timestamp"))
