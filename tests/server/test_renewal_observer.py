"""Renewals are told by role and outcome, so that failing ones can raise an alert."""

import pytest
from attrs import evolve

from notary.server import online_keys, serve
from notary.signing.service import SigningUnavailable
from notary.tuf import repository
from notary.tuf.errors import Expired
from tests.server.doubles import RacingStore, SignerDown, SignerWithoutKeys

GUN = "example.com/app"
BOTH_EXPIRED = {"days": 3 * 365, "seconds": 1}


@pytest.fixture
def told():
    return []


@pytest.fixture
def service(service, told):
    return evolve(service, renewing=lambda *facts: told.append(facts))


def read(run, service):
    return run(serve.current(service, GUN, "timestamp"))


@pytest.mark.usefixtures("published")
def test_what_is_not_due_is_not_told(run, service, told):
    read(run, service)
    assert told == []


@pytest.mark.usefixtures("published")
def test_what_is_signed_anew_is_told_by_role(run, service, clock, told):
    clock.advance(**BOTH_EXPIRED)
    read(run, service)
    assert sorted(told) == [("snapshot", "stored"), ("timestamp", "stored")]


@pytest.mark.usefixtures("published")
def test_a_signer_that_is_down_is_a_failure(run, service, clock, told):
    clock.advance(days=15)
    with pytest.raises(SigningUnavailable):
        read(run, evolve(service, signer=SignerDown()))
    assert told == [("timestamp", "failed")]


@pytest.mark.usefixtures("published")
def test_lost_keys_are_a_failure_of_the_timestamp_only(run, service, clock, told):
    """The snapshot may be its owner's: then the server has never had the key."""
    clock.advance(**BOTH_EXPIRED)
    with pytest.raises(online_keys.KeysMissing):
        read(run, evolve(service, signer=SignerWithoutKeys()))
    assert told == [("timestamp", "failed")]


@pytest.mark.usefixtures("published")
def test_a_root_that_has_expired_is_told_apart(run, service, clock, told):
    clock.advance(days=20 * 365)
    with pytest.raises(Expired):
        read(run, service)
    assert ("timestamp", "root_expired") in told
    assert ("timestamp", "failed") not in told


@pytest.mark.usefixtures("published")
def test_who_loses_the_race_to_renew_tells_so(run, service, clock, told):
    clock.advance(days=15)

    async def another():
        await serve.current(evolve(service, renewing=lambda *_: None), GUN, "timestamp")

    racing = evolve(service, store=RacingStore(service.store, another))
    served = read(run, racing)
    assert repository.read_timestamp(served.data).version == 2
    assert told == [("timestamp", "overtaken")]
