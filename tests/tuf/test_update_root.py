"""Updates with a root: its version, its structure, and who must have signed it."""

from datetime import timedelta

import pytest

from notary.tuf import update
from notary.tuf.envelope import parse_upload
from notary.tuf.errors import InvalidUpdate
from notary.tuf.repository import Current, RoleFile
from notary.tuf.update import check_update
from tests import publisher
from tests.publisher import NOW, PAST, sign
from tests.tuf.stored import GUN, Stored
from tests.tuf.uploads import new_targets, next_root, unpublished, with_snapshot

TRAILING = "invalid character 'x' after top-level value"


@pytest.mark.parametrize(
    "data", [b"", b"{", b"{}", b'{"signed":{"_type":"Root"}}', b"\xff"]
)
def test_a_stored_root_that_cannot_be_read_refuses_everything_without_detail(data):
    """Go: OldRootCorrupt, OldRootCorruptRootRole, RootGetCurrentRootBroken."""
    with pytest.raises(InvalidUpdate) as caught:
        check_update(
            GUN, Current(files={"root": RoleFile("root", data)}), set(), {}, NOW
        )
    assert caught.value.name == update.UNREADABLE == ""


def test_a_stored_root_vouches_for_an_update_without_one(client):
    """Go: OldRoot, NoRoot."""
    files = with_snapshot(client, {"targets": new_targets(client)})
    assert client.check(files).root.version == 1


def test_an_expired_stored_root_vouches_for_targets(server):
    after_the_root = NOW.replace(year=2037)
    fresh = new_targets(server, expires="2040-01-01T00:00:00Z")
    assert server.check({"targets": fresh}, after_the_root).has_targets


def test_an_expired_stored_root_is_replaced_by_a_new_one():
    """Go: OldRoot."""
    stored = Stored(server_signs_snapshot=True)
    soon = next_root(stored, 1, expires="2026-11-22T12:00:01Z")
    stored.publish({"root": soon, "targets": new_targets(stored, 1)})
    later = NOW + timedelta(days=1)
    assert stored.check({"root": next_root(stored)}, later).root.version == 2


@pytest.mark.parametrize("version", [1, 2])
def test_a_first_root_has_version_1_or_2(version):
    stored, _ = unpublished(server_signs_snapshot=True)
    files = {"root": next_root(stored, version), "targets": new_targets(stored, 1)}
    assert stored.check(files).root.version == version


@pytest.mark.parametrize("version", [0, 3, -1, 2**31])
def test_a_first_root_has_no_other_version(version):
    stored, _ = unpublished()
    name, message = stored.refusal({"root": next_root(stored, version)})
    assert name == "ErrBadRoot"
    assert message == (
        f"Root modifications must increment the version. Current 1, new {version}"
    )


@pytest.mark.parametrize(("version", "fits"), [(2, True), (3, True), (1, False)])
def test_a_next_root_keeps_or_increments_the_version(server, version, fits):
    """Go: RootRotationVersionIncrement."""
    server.publish({"root": next_root(server, 2)})
    files = {"root": next_root(server, version)}
    if fits:
        assert server.check(files).root.version == version
    else:
        name, message = server.refusal(files)
        assert name == "ErrBadRoot"
        assert message == (
            "Root modifications must increment the version. Current 2, new 1"
        )


def test_a_next_root_does_not_skip_a_version(server):
    """Go: RootRotationVersionIncrement."""
    assert server.refusal({"root": next_root(server, 3)}) == (
        "ErrBadRoot",
        "Root modifications must increment the version. Current 1, new 3",
    )


def test_the_version_of_a_root_is_checked_before_anything_else_of_it(server):
    name, message = server.refusal({"root": sign({"version": 9})})
    assert (name, message.partition(".")[0]) == (
        "ErrBadRoot",
        "Root modifications must increment the version",
    )


@pytest.mark.parametrize("role", ["root", "targets", "snapshot"])
def test_bytes_after_an_uploaded_file_are_refused_under_the_name_of_its_role(role):
    """Go: RootCorrupt, TargetsCorrupt, SnapshotCorrupt."""
    stored, files = unpublished()
    files[role] += b"x"
    assert stored.refusal(files) == (f"ErrBad{role.capitalize()}", TRAILING)


@pytest.mark.parametrize("role", ["root", "targets", "snapshot"])
@pytest.mark.parametrize("data", [b"null", b"{}", b'{"signed":null}'])
def test_an_uploaded_file_that_is_empty_is_refused(role, data):
    """Go: RootCorrupt, TargetsCorrupt, SnapshotCorrupt."""
    stored, files = unpublished()
    name, message = stored.refusal({**files, role: data})
    assert name == f"ErrBad{role.capitalize()}"
    assert message == (
        "Root modifications must increment the version. Current 1, new 0"
        if role == "root"
        else "tuf: data has no signatures"
    )


def test_a_root_that_breaks_a_rule_of_structure_is_refused(server):
    """Go: RootRoleMissing."""
    members = {**server.owner.root()["roles"]}
    del members["targets"]
    assert server.refusal({"root": next_root(server, roles=members)}) == (
        "ErrBadRoot",
        "root type metadata invalid: missing targets role specification",
    )


def test_a_root_that_nobody_signed_is_refused():
    """Go: RootSigMissing."""
    stored, files = unpublished()
    name, message = stored.refusal({**files, "root": sign(stored.owner.root())})
    assert name == "ErrBadRoot"
    assert message.endswith("failed to validate integrity of roots")


def test_a_root_for_another_gun_is_refused():
    """Go: RootCanContainOnlyx509KeysWithRightGun."""
    _stored, files = unpublished()
    uploads = {role: parse_upload(role, data) for role, data in files.items()}
    with pytest.raises(InvalidUpdate, match="valid leaf certificates") as caught:
        check_update(f"{GUN}2", Current(), set(), uploads, NOW)
    assert caught.value.name == "ErrBadRoot"


def test_a_root_that_the_previous_one_did_not_sign_is_refused(server):
    """Go: RootRotationNotSignedWithOldKeysForOldRole."""
    other = publisher.Publisher(GUN, server.timestamp_key.public)
    name, message = server.refusal({"root": sign(other.root(2), other.root_key)})
    assert name == "ErrBadRoot"
    assert message.startswith("could not rotate trust to a new trusted root")


def test_an_expired_root_is_refused():
    stored, files = unpublished()
    name, message = stored.refusal({**files, "root": next_root(stored, expires=PAST)})
    assert name == "ErrBadRoot"
    assert message == "root expired at Sun Nov 22 11:59:59 UTC 2026"


@pytest.mark.parametrize("keys", [0, 1])
def test_a_root_without_enough_timestamp_keys_is_refused(keys):
    """Go: RootNoTimestampKey, RootInvalidTimestampThreshold."""
    stored, files = unpublished(server_signs_snapshot=True)
    signed = stored.owner.root()
    if keys == 0:
        signed["roles"]["timestamp"]["keyids"] = []
    else:
        signed["roles"]["timestamp"]["threshold"] = 2
    files["root"] = sign(signed, stored.owner.root_key)
    assert stored.refusal(files) == (
        "ErrBadRoot",
        "no  timestamp keys exist on the server",
    )
