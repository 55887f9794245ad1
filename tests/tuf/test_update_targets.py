"""Updates with targets: who signs them, and the rules of their content."""

import pytest

from tests.publisher import PAST, ecdsa_key, sign, targets
from tests.tuf.stored import digest
from tests.tuf.uploads import new_targets, next_root, with_snapshot


def test_targets_are_signed_as_the_stored_root_says(server):
    """Go: NoNewTargets."""
    accepted = server.publish({"targets": new_targets(server)})
    assert [item.role for item in accepted.uploaded] == ["targets"]
    assert server.listed()["targets"] == digest(accepted.uploaded[0].data)


@pytest.mark.parametrize("signers", ["nobody", "stranger"])
def test_targets_that_the_right_key_did_not_sign_are_refused(server, signers):
    """Go: TargetsSigMissing."""
    by = [] if signers == "nobody" else [ecdsa_key()]
    name, message = server.refusal({"targets": sign(targets(2), *by)})
    assert name == "ErrBadTargets"
    assert message == (
        "valid signatures did not meet threshold for targets"
        if by
        else "tuf: data has no signatures"
    )


def test_targets_are_signed_as_the_root_uploaded_with_them_says(server):
    server.owner.targets_key = ecdsa_key()
    files = {"root": next_root(server), "targets": new_targets(server)}
    assert server.check(files).root.version == 2
    assert server.refusal({"targets": files["targets"]})[0] == "ErrBadTargets"


def test_a_root_may_replace_the_targets_key_without_new_targets(server):
    server.owner.targets_key = ecdsa_key()
    before = server.listed()["targets"]
    server.publish({"root": next_root(server)})
    assert server.listed()["targets"] == before


def test_the_signatures_of_targets_are_checked_before_their_structure(server):
    name, message = server.refusal({"targets": sign({"_type": "x", "version": 0})})
    assert (name, message) == ("ErrBadTargets", "tuf: data has no signatures")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"_type": "x"}, "targets type metadata invalid: expected type Targets, not x"),
        (
            {"version": 0},
            "targets type metadata invalid: version cannot be less than one",
        ),
        ({"expires": PAST}, "targets expired at Sun Nov 22 11:59:59 UTC 2026"),
        ({"expires": None}, "targets expired at Mon Jan 1 00:00:00 UTC 0001"),
        (
            {"targets": 1},
            "json: cannot unmarshal number into Go value of type data.Files",
        ),
    ],
)
def test_targets_that_break_a_rule_are_refused_with_its_message(
    server, members, message
):
    """Go: TargetsCorrupt."""
    signed = {**targets(2), **members}
    files = {"targets": sign(signed, server.owner.targets_key)}
    assert server.refusal(files) == ("ErrBadTargets", message)


def test_targets_with_a_number_that_cannot_be_signed_are_refused(server):
    data = new_targets(server).replace(b'"_type"', b'"x":1.5,"_type"')
    name, message = server.refusal({"targets": data})
    assert name == "ErrBadTargets"
    assert message.startswith("json: unsupported value")


@pytest.mark.parametrize("role", ["targets", "snapshot"])
def test_a_version_that_would_lock_the_repository_is_refused(client, role):
    version = 2**31
    if role == "targets":
        files = with_snapshot(client, {"targets": new_targets(client, version)})
    else:
        files = with_snapshot(client, {}, version)
    assert client.refusal(files) == (
        f"ErrBad{role.capitalize()}",
        f"{role} type metadata invalid: version {version} is above the limit "
        "2147483647",
    )


def test_versions_of_targets_and_snapshot_may_jump(client):
    files = with_snapshot(client, {"targets": new_targets(client, 70)}, 2**31 - 1)
    versions = {item.role: item.version for item in client.check(files).uploaded}
    assert versions == {"targets": 70, "snapshot": 2**31 - 1}
