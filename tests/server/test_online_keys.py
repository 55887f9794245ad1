"""The key endpoints: which key a publisher is told to put into the root."""

import pytest
from attrs import evolve

from notary.server import online_keys
from notary.server.publish import publish
from notary.signing.service import SigningUnavailable
from tests.publisher import Publisher, sign
from tests.reading import newest_file
from tests.server.doubles import SignerDown
from tests.server.publishing import uploads

GUN = "example.com/app"


@pytest.mark.parametrize("name", ["timestamp", "snapshot"])
def test_asking_again_before_the_first_publish_returns_the_same_key(run, service, name):
    async def story():
        first = await online_keys.get_key(service, GUN, name)
        assert first.keytype == "ed25519"
        assert await online_keys.get_key(service, GUN, name) == first

    run(story())


def test_each_repository_and_role_has_a_key_of_its_own(run, service):
    async def story():
        asked = [(g, r) for g in ("a", "A", "b") for r in ("timestamp", "snapshot")]
        keys = [await online_keys.get_key(service, gun, name) for gun, name in asked]
        assert len({key.key_id for key in keys}) == len(asked)

    run(story())


def test_the_key_of_the_root_is_returned_although_a_rotation_is_pending(run, service):
    async def story():
        owner = await _published(service)
        pending = await online_keys.rotate_key(service, GUN, "timestamp")
        assert pending != owner.timestamp_key
        found = await online_keys.get_key(service, GUN, "timestamp")
        assert found == owner.timestamp_key

    run(story())


def test_a_pending_key_stays_the_same_until_it_has_signed(run, service):
    async def story():
        owner = await _published(service)
        pending = await online_keys.rotate_key(service, GUN, "timestamp")
        assert await online_keys.rotate_key(service, GUN, "timestamp") == pending
        rotated = Publisher(
            GUN,
            pending,
            owner.snapshot_key,
            root_key=owner.root_key,
            targets_key=owner.targets_key,
        )
        update = {"root": sign(rotated.root(2), owner.root_key)}
        await publish(service, GUN, uploads(update))
        assert await online_keys.get_key(service, GUN, "timestamp") == pending
        assert await online_keys.rotate_key(service, GUN, "timestamp") != pending

    run(story())


def test_a_key_the_signer_does_not_know_is_replaced_by_an_unused_one(run, service):
    async def story():
        owner = await _published(service)
        found = await online_keys.get_key(service, GUN, "snapshot")
        assert found == owner.snapshot_key
        await service.signer.delete_key(found.key_id)
        assert await online_keys.get_key(service, GUN, "snapshot") != found

    run(story())


def test_a_signer_that_is_down_is_said_to_be_down(run, service):
    async def story():
        await _published(service)
        down = evolve(service, signer=SignerDown())
        with pytest.raises(SigningUnavailable):
            await online_keys.get_key(down, GUN, "timestamp")
        with pytest.raises(SigningUnavailable):
            await online_keys.rotate_key(down, "new", "timestamp")

    run(story())


def test_a_file_is_signed_by_every_key_of_the_role_that_is_at_hand(run, service):
    """A threshold of two is met by two keys of the signer, and by nothing less."""

    async def story():
        first = await online_keys.get_key(service, GUN, "timestamp")
        await service.signer.sign(first.key_id, b"used")
        second = await online_keys.get_key(service, GUN, "timestamp")
        owner = Publisher(GUN, first)
        root = owner.root()
        root["keys"][second.key_id] = second.as_json()
        root["roles"]["timestamp"] = {
            "keyids": [first.key_id, second.key_id],
            "threshold": 2,
        }
        files = owner.first_publish()
        files["root"] = sign(root, owner.root_key)
        del files["snapshot"]
        await publish(service, GUN, uploads(owner.with_snapshot(files, 1)))
        stored = await newest_file(service.store, GUN, "timestamp")
        assert stored.data.count(b'"keyid"') == 2

    run(story())


async def _published(service) -> Publisher:
    timestamp = await online_keys.get_key(service, GUN, "timestamp")
    snapshot = await online_keys.get_key(service, GUN, "snapshot")
    owner = Publisher(GUN, timestamp, snapshot)
    await publish(service, GUN, uploads(owner.first_publish()))
    return owner
