"""What is told of calls to a signing service, whatever comes of them."""

import pytest
from attrs import define

from notary.signing.keystore import MemoryKeyStore
from notary.signing.local import LocalSigner
from notary.signing.observing import ObservedSigner, observed
from notary.signing.passphrase import Passphrases
from notary.signing.service import (
    KnowsRoles,
    SigningRefused,
    SigningUnavailable,
    UnknownKey,
)
from notary.tuf.keys import ED25519
from tests.publisher import NOW

GUN = "example.com/app"


@pytest.fixture
def made():
    return []


@pytest.fixture
def local(made):
    passphrases = Passphrases("t", {"t": "secret"})
    return LocalSigner(MemoryKeyStore(), passphrases, lambda: NOW, created=made.append)


@pytest.fixture
def told():
    return []


@pytest.fixture
def signer(local, told):
    def observe(call, seconds, outcome):
        assert seconds >= 0
        told.append((call, outcome))

    return observed(local, observe)


@define
class Failing:
    """A signing service of which every call fails in the same way."""

    error: BaseException

    async def create_key(self, gun, role, algorithm):
        raise self.error

    get_key = sign = delete_key = create_key


def test_every_call_is_passed_on_and_told(run, signer, told):
    key = run(signer.create_key(GUN, "timestamp", ED25519))
    assert run(signer.get_key(key.key_id)) == key
    assert run(signer.sign(key.key_id, b"payload")).key_id == key.key_id
    assert run(signer.role_of(key.key_id)) == "timestamp"
    run(signer.delete_key(key.key_id))
    calls = ["create_key", "get_key", "sign", "role_of", "delete_key"]
    assert told == [(call, "ok") for call in calls]


def test_a_service_that_does_not_know_roles_does_not_seem_to(signer):
    assert isinstance(signer, KnowsRoles)
    assert not isinstance(ObservedSigner(signer, print), KnowsRoles)
    assert not isinstance(observed(Failing(ValueError()), print), KnowsRoles)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (UnknownKey("a" * 64), "unknown_key"),
        (SigningRefused("no"), "refused"),
        (SigningUnavailable("down"), "unavailable"),
        (ValueError("a bug"), "failed"),
    ],
)
def test_a_failure_is_told_and_raised_as_it_is(run, error, outcome):
    told = []
    signer = observed(Failing(error), lambda call, _, what: told.append((call, what)))
    with pytest.raises(type(error)) as raised:
        run(signer.create_key(GUN, "timestamp", ED25519))
    assert raised.value is error
    assert told == [("create_key", outcome)]


def test_only_a_key_that_was_really_made_counts_as_created(run, local, made):
    first = run(local.create_key(GUN, "timestamp", ED25519))
    assert run(local.create_key(GUN, "timestamp", ED25519)) == first
    assert made == [ED25519]
    run(local.sign(first.key_id, b"payload"))
    run(local.create_key(GUN, "timestamp", ED25519))
    assert made == [ED25519, ED25519]
