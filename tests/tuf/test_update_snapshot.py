"""Updates with a snapshot of the publisher's: it lists what is uploaded or stored."""

import pytest

from notary.tuf import repository
from tests import publisher
from tests.publisher import PAST, ecdsa_key, sign
from tests.tuf.stored import digest
from tests.tuf.uploads import (
    below,
    delegating,
    new_targets,
    next_root,
    unpublished,
    with_snapshot,
)


def test_only_a_snapshot_is_accepted_over_what_is_stored(client):
    """Go: OnlySnapshot."""
    before = client.listed()
    client.publish(with_snapshot(client, {}))
    assert client.listed() == before


@pytest.mark.parametrize("signers", ["nobody", "stranger"])
def test_a_snapshot_that_the_right_key_did_not_sign_is_refused(client, signers):
    """Go: SnapshotSigMissing."""
    by = [] if signers == "nobody" else [ecdsa_key()]
    name, message = client.refusal({"snapshot": sign(publisher.snapshot(2, {}), *by)})
    assert name == "ErrBadSnapshot"
    assert message == (
        "valid signatures did not meet threshold for snapshot"
        if by
        else "tuf: data has no signatures"
    )


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"_type": "Root"},
            "snapshot type metadata invalid: expected type Snapshot, not Root",
        ),
        (
            {"version": 0},
            "snapshot type metadata invalid: version cannot be less than one",
        ),
        ({"expires": PAST}, "snapshot expired at Sun Nov 22 11:59:59 UTC 2026"),
        (
            {"meta": {}},
            "snapshot type metadata invalid: missing root sha256 checksum information",
        ),
    ],
)
def test_a_snapshot_that_breaks_a_rule_is_refused_with_its_message(
    client, members, message
):
    """Go: SnapshotCorrupt."""
    signed = publisher.snapshot(2, {"root": b"", "targets": b""}) | members
    files = {"snapshot": sign(signed, client.owner.own_snapshot_key)}
    assert client.refusal(files) == ("ErrBadSnapshot", message)


@pytest.mark.parametrize("role", ["root", "targets", "targets/a"])
@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_snapshot_has_the_hashes_of_every_file_uploaded_with_it(role, algorithm):
    """Go: RootModifiedHash, TargetsModifiedHash, RootModifiedSize."""
    stored, files = unpublished()
    key = ecdsa_key()
    files["targets"] = delegating(stored, key, "targets/a", version=1)
    files["targets/a"] = below(key)
    signed = publisher.snapshot(1, {r: d for r, d in files.items() if r != "snapshot"})
    wrong = publisher.meta(b"something else")["hashes"][algorithm]
    signed["meta"][role]["hashes"][algorithm] = wrong
    files["snapshot"] = sign(signed, stored.owner.own_snapshot_key)
    name, message = stored.refusal(files)
    assert name == "ErrBadSnapshot"
    assert message.startswith(
        f"{algorithm} checksum for {role} did not match: expected "
    )


def test_the_length_in_a_snapshot_is_not_verified(client):
    """Go: TargetsModifiedSize."""
    files = with_snapshot(client, {"targets": new_targets(client)})
    signed = publisher.snapshot(2, {})
    for role, item in repository.read_snapshot(files["snapshot"]).meta.items():
        signed["meta"][role] = {**item.as_json(), "length": 0}
    files["snapshot"] = sign(signed, client.owner.own_snapshot_key)
    assert client.check(files)


def test_a_snapshot_lists_every_delegation_uploaded_with_it(client):
    key = ecdsa_key()
    files = {"targets": delegating(client, key, "targets/a")}
    files = {**with_snapshot(client, files), "targets/a": below(key)}
    assert client.refusal(files) == (
        "ErrBadSnapshot",
        "no checksums for supported algorithms were provided for targets/a",
    )


def test_a_snapshot_alone_cannot_point_to_another_root(client):
    files = with_snapshot(client, {"root": next_root(client)})
    name, message = client.refusal({"snapshot": files["snapshot"]})
    assert name == "ErrBadSnapshot"
    assert message.startswith("sha256 checksum for root did not match")


@pytest.mark.parametrize("role", ["targets", "targets/a"])
def test_a_snapshot_that_points_to_a_file_nobody_has_is_refused(client, role):
    files = with_snapshot(client, {role: b"never uploaded"})
    assert client.refusal({"snapshot": files["snapshot"]}) == (
        "ErrBadSnapshot",
        f"the file listed for {role} is neither uploaded nor stored: "
        f"sha256 {digest(b'never uploaded')}",
    )


def test_a_snapshot_may_go_back_to_a_file_that_is_stored(client):
    first = client.by_hash[client.listed()["targets"]]
    client.publish(with_snapshot(client, {"targets": new_targets(client)}))
    files = with_snapshot(client, {"targets": first}, 3)
    client.publish({"snapshot": files["snapshot"]})
    assert client.listed()["targets"] == digest(first)


def test_an_entry_that_led_nowhere_before_may_stay_as_it_is(client):
    files = with_snapshot(client, {"targets/gone": b"lost"})
    client.snapshot = files["snapshot"]
    update_files = with_snapshot(client, {"targets": new_targets(client, 3)}, 3)
    client.publish(update_files)
    assert client.listed()["targets/gone"] == digest(b"lost")


def test_an_entry_without_sha256_leads_nowhere(client):
    signed = publisher.snapshot(2, {})
    for role, item in repository.read_snapshot(client.snapshot).meta.items():
        signed["meta"][role] = item.as_json()
    signed["meta"]["targets/a"] = {"hashes": {}, "length": 0}
    files = {"snapshot": sign(signed, client.owner.own_snapshot_key)}
    name, message = client.refusal(files)
    assert name == "ErrBadSnapshot"
    assert "neither uploaded nor stored" in message


def test_a_first_publish_without_targets_but_with_a_snapshot_is_refused():
    stored, files = unpublished()
    targets_file = files.pop("targets")
    name, message = stored.refusal(files)
    assert name == "ErrBadSnapshot"
    assert message == (
        "the file listed for targets is neither uploaded nor stored: "
        f"sha256 {digest(targets_file)}"
    )


def test_a_first_publish_without_targets_and_snapshot_is_refused():
    """Go: SnapshotGenerateNoTargets."""
    stored, files = unpublished(server_signs_snapshot=True)
    assert stored.refusal({"root": files["root"]}) == (
        "ErrValidation",
        "targets must be loaded first",
    )
