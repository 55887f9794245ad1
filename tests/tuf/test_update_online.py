"""What the server makes of an update: its snapshot, and always a timestamp."""

import pytest

from notary.tuf import metadata, repository
from notary.tuf.errors import InvalidUpdate
from tests.publisher import ecdsa_key, sign, targets
from tests.tuf.stored import digest
from tests.tuf.uploads import (
    below,
    delegating,
    new_targets,
    next_root,
    unpublished,
    with_snapshot,
)

NEEDS_SNAPSHOT = (
    "no snapshot was included in update and server does not hold current snapshot "
    "key for repository"
)


@pytest.mark.parametrize("keys", [0, 1])
def test_without_enough_snapshot_keys_only_the_publisher_can_make_one(keys):
    """Go: SnapshotMissingNoSnapshotKey, GenerateSnapshotNoKey."""
    stored, files = unpublished(server_signs_snapshot=True)
    signed = stored.owner.root()
    if keys == 0:
        signed["roles"]["snapshot"]["keyids"] = []
    else:
        signed["roles"]["snapshot"]["threshold"] = 2
    files["root"] = sign(signed, stored.owner.root_key)
    accepted = stored.check(files)
    with pytest.raises(InvalidUpdate) as caught:
        accepted.next_snapshot()
    error = caught.value
    assert (error.name, error.message) == ("ErrBadHierarchy", NEEDS_SNAPSHOT)
    assert error.missing == "snapshot"


def test_the_server_takes_the_next_version_for_its_snapshot(server):
    """Go: SnapshotGenerate, SnapshotGenerateWithPrev."""
    accepted = server.publish({"targets": new_targets(server, 9)})
    assert accepted.next_snapshot().version == 2
    assert repository.read_snapshot(server.snapshot).version == 2


def test_the_server_goes_on_from_a_snapshot_that_the_publisher_made(client):
    client.publish(with_snapshot(client, {"targets": new_targets(client)}, 40))
    client.server_signs_snapshot = True
    client.owner.snapshot_key = client.online_key.public
    client.publish({"root": next_root(client)})
    assert repository.read_snapshot(client.snapshot).version == 41


def test_what_is_not_uploaded_stays_listed_as_it_was(server):
    """Go: SnapshotGenerateWithPrev."""
    key = ecdsa_key()
    server.publish({"targets": delegating(server, key, "targets/a", "targets/b")})
    server.publish({"targets/a": below(key)})
    before = server.listed()
    server.publish({"targets/b": below(key)})
    assert server.listed() == {**before, "targets/b": server.listed()["targets/b"]}


@pytest.mark.parametrize("rewrite", ["pretty", "extended", "trailing space"])
def test_the_server_lists_the_hash_of_the_stored_bytes(server, rewrite):
    if rewrite == "extended":
        data = sign({**targets(2), "spec_version": "1"}, server.owner.targets_key)
    elif rewrite == "pretty":
        data = new_targets(server).replace(b",", b" ,\n\t")
    else:
        data = new_targets(server) + b"\n"
    server.publish({"targets": data})
    assert server.listed()["targets"] == digest(data)


def test_the_server_drops_removed_delegations_and_all_below_them(server):
    key = ecdsa_key()
    server.publish(
        {
            "targets": delegating(server, key, "targets/a", "targets/b"),
            "targets/a": below(key, "targets/a/x"),
            "targets/a/x": below(key, "targets/a/x/y"),
            "targets/a/x/y": below(key),
            "targets/b": below(key, "targets/b/x"),
            "targets/b/x": below(key),
        }
    )
    server.publish({"targets": delegating(server, key, "targets/b", version=3)})
    assert server.listed().keys() == {"root", "targets", "targets/b", "targets/b/x"}
    server.publish({"targets/b": below(key, version=2)})
    assert server.listed().keys() == {"root", "targets", "targets/b"}


def test_a_delegation_that_comes_back_is_not_listed_before_it_is_uploaded(server):
    key = ecdsa_key()
    both = {"targets": delegating(server, key, "targets/a"), "targets/a": below(key)}
    server.publish(both)
    server.publish({"targets": new_targets(server, 3)})
    server.publish({"targets": delegating(server, key, "targets/a", version=4)})
    assert server.listed().keys() == {"root", "targets"}
    server.publish({"targets/a": below(key, version=2)})
    assert "targets/a" in server.listed()


def test_the_delegations_of_a_parent_that_cannot_be_read_stay_listed(server):
    key = ecdsa_key()
    server.publish(
        {"targets": delegating(server, key, "targets/a"), "targets/a": below(key)}
    )
    server.by_hash[server.listed()["targets"]] = b"rotten"
    server.publish({"root": next_root(server)})
    assert "targets/a" in server.listed()


def test_the_server_always_makes_the_next_timestamp(client):
    """Go: PrevTimestamp."""
    files = with_snapshot(client, {"targets": new_targets(client)})
    draft = client.check(files).next_timestamp(files["snapshot"])
    assert draft.version == 2
    meta = metadata.parse_timestamp(draft.signed).snapshot
    assert meta.sha256 == digest(files["snapshot"])
