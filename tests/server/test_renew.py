"""Renew: what readers get of a snapshot that expired while nobody could sign."""

import pytest
from attrs import define, evolve

from notary.server import serve
from notary.signing.service import SigningRefused, SigningUnavailable
from tests.reading import newest_file

GUN = "example.com/app"
EXPIRED_SNAPSHOT = {"days": 3 * 365, "seconds": 1}
FAILURES = [SigningUnavailable("it is down"), SigningRefused("it refuses us")]


@define
class Failing:
    """A signing service that fails, and counts how often it was asked to sign."""

    failure: Exception
    asked: int = 0

    async def sign(self, key_id: str, payload: bytes) -> None:
        self.asked += 1
        raise self.failure


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("role", ["timestamp", "snapshot"])
def test_with_the_timestamp_expired_too_the_signer_is_asked_only_once(
    run, service, clock, failure, role
):
    clock.advance(**EXPIRED_SNAPSHOT)
    signer = Failing(failure)
    with pytest.raises(type(failure)):
        run(serve.current(evolve(service, signer=signer), GUN, role))
    assert signer.asked == 1


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("failure", FAILURES)
def test_with_a_valid_timestamp_what_is_stored_is_served(run, service, clock, failure):
    clock.advance(**EXPIRED_SNAPSHOT)
    clock.advance(days=-1)
    timestamp = run(serve.current(service, GUN, "timestamp"))
    clock.advance(days=1)
    failing = evolve(service, signer=Failing(failure))
    assert run(serve.current(failing, GUN, "timestamp")) == timestamp
    snapshot = run(newest_file(service.store, GUN, "snapshot"))
    assert run(serve.current(failing, GUN, "snapshot")) == snapshot
