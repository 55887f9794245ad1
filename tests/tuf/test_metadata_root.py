"""Roots: four base roles, each with keys that are there and a threshold."""

import copy

import pytest

from notary.tuf import metadata
from tests.publisher import ed25519_key
from tests.tuf.changed import ABSENT, ONE, UNKNOWN, VALID, changed, refusal


@pytest.mark.parametrize("missing", ["root", "targets", "snapshot", "timestamp"])
@pytest.mark.parametrize("value", [ABSENT, None])
def test_a_root_names_all_four_base_roles(missing, value):
    """Go: RootRoleMissing, TargetsRoleMissing, SnapshotRoleMissing."""
    assert refusal("root", changed("root", f"roles.{missing}", value)) == (
        f"root type metadata invalid: missing {missing} role specification"
    )


@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp"])
@pytest.mark.parametrize("threshold", [0, -1, None])
def test_no_role_of_a_root_has_a_threshold_below_1(role, threshold):
    """Go: RootInvalidZeroThreshold."""
    signed = changed("root", f"roles.{role}.threshold", threshold)
    assert refusal("root", signed) == (
        "root type metadata invalid: invalid threshold specified for "
        f"{role}: {threshold or 0} "
    )


def test_an_empty_role_of_a_root_has_no_threshold():
    assert refusal("root", changed("root", "roles.targets", {})) == (
        "root type metadata invalid: invalid threshold specified for targets: 0 "
    )


@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp"])
def test_every_key_id_of_a_base_role_has_a_key(role):
    signed = changed("root", f"roles.{role}.keyids", [UNKNOWN])
    assert refusal("root", signed) == (
        f"root type metadata invalid: key ID {UNKNOWN} specified in {role} "
        "without corresponding key"
    )


def test_a_threshold_is_checked_before_the_keys():
    role = {"keyids": [UNKNOWN], "threshold": 0}
    assert "threshold" in refusal("root", changed("root", "roles.root", role))


def test_a_root_may_have_more_roles_unused_keys_and_roles_without_keys():
    signed = changed("root", "roles.mirrors", {"keyids": [UNKNOWN], "threshold": 0})
    signed["keys"]["unused"] = ed25519_key().public.as_json()
    signed["roles"]["targets"]["keyids"] = None
    root = metadata.parse_root(signed)
    assert root.roles["targets"].keys == {}
    assert "mirrors" in root.roles


def test_a_key_id_named_twice_is_one_key():
    signed = copy.deepcopy(VALID["root"])
    signed["roles"]["targets"]["keyids"] *= 2
    assert len(metadata.parse_root(signed).roles["targets"].keys) == 1


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            "roles",
            [],
            "json: cannot unmarshal array into Go value of type "
            "map[data.RoleName]*data.RootRole",
        ),
        (
            "roles.root.threshold",
            "1",
            "json: cannot unmarshal string into Go value of type int",
        ),
        (
            "roles.root.keyids",
            "x",
            "json: cannot unmarshal string into Go value of type []string",
        ),
        (
            "roles.root.keyids",
            [1],
            "json: cannot unmarshal number into Go value of type string",
        ),
        (
            "keys",
            [],
            "json: cannot unmarshal array into Go value of type data.Keys",
        ),
        (
            "consistent_snapshot",
            1,
            "json: cannot unmarshal number into Go value of type bool",
        ),
        (
            "keys.ONE.keytype",
            1,
            "json: cannot unmarshal number into Go value of type string",
        ),
        (
            "keys.ONE.keyval.public",
            "!",
            "illegal base64 data at input byte 0",
        ),
        (
            "keys.ONE.keyval.private",
            "!",
            "illegal base64 data at input byte 0",
        ),
    ],
)
def test_a_root_member_of_the_wrong_type_is_refused_with_the_message_of_go(
    path, value, message
):
    assert refusal("root", changed("root", path, value)) == message


@pytest.mark.parametrize("role", [0, False, "", [], "x", 1])
def test_a_role_of_a_root_is_an_object(role):
    message = refusal("root", changed("root", "roles.root", role))
    assert message.startswith("json: cannot unmarshal")


def test_consistent_snapshot_may_be_true_and_private_keys_are_forgotten():
    signed = changed("root", "consistent_snapshot", True)
    signed["keys"][ONE.key_id]["keyval"]["private"] = "AAAA"
    root = metadata.parse_root(signed)
    assert root.roles["timestamp"].keys[ONE.key_id] == ONE.public
