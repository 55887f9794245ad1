"""Targets: delegations to direct children, and entries that are not judged."""

import base64

import pytest

from notary.tuf import metadata
from notary.tuf.errors import InvalidMetadata
from tests import publisher
from tests.tuf.changed import (
    ABSENT,
    HASH,
    ONE,
    TWO,
    UNKNOWN,
    VALID,
    changed,
    parse,
    refusal,
)

FILE = {"hashes": {"sha256": HASH}, "length": 1}


@pytest.mark.parametrize("role", ["targets", "targets/a"])
@pytest.mark.parametrize("value", [ABSENT, None, {}])
def test_targets_need_no_delegations(role, value):
    assert parse(role, changed(role, "delegations", value)).delegations == {}


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("targets", "targets/a/b"),
        ("targets", "targets/A"),
        ("targets", "targets"),
        ("targets", "root"),
        ("targets", ""),
        ("targets", "targets/"),
        ("targets", "targets/a/"),
        ("targets", "targets/../x"),
        ("targets", "targets/" + "a" * 248),
        ("targets/a", "targets/a"),
        ("targets/a", "targets/b"),
        ("targets/a", "targets/ab/c"),
        ("targets/a", "targets/a/b/c"),
    ],
)
def test_only_direct_children_with_a_valid_name_are_delegated_to(role, name):
    assert refusal(role, changed(role, "delegations.roles.0.name", name)) == (
        f"{role} type metadata invalid: delegation role {name} invalid"
    )


def test_a_null_delegation_is_one_without_a_name():
    assert refusal("targets", changed("targets", "delegations.roles.0", None)) == (
        "targets type metadata invalid: delegation role  invalid"
    )


@pytest.mark.parametrize("role", ["targets", "targets/a"])
def test_no_delegation_has_a_threshold_below_1(role):
    name = VALID[role]["delegations"]["roles"][0]["name"]
    assert refusal(role, changed(role, "delegations.roles.0.threshold", 0)) == (
        f"{role} type metadata invalid: invalid threshold specified for {name}: 0 "
    )


def test_every_key_id_of_a_delegation_has_a_key():
    signed = changed("targets", "delegations.roles.0.keyids", [UNKNOWN])
    assert refusal("targets", signed) == (
        f"targets type metadata invalid: key ID {UNKNOWN} specified in targets/a "
        "without corresponding key"
    )


def test_of_two_delegations_with_one_name_the_first_counts():
    first = publisher.delegation("targets/a", ONE)
    second = publisher.delegation("targets/a", TWO, threshold=2)
    signed = publisher.targets(listed=[ONE, TWO], delegations=[first, second])
    found = metadata.parse_targets("targets", signed).delegations["targets/a"]
    assert (list(found.keys), found.threshold) == ([ONE.key_id], 1)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            "delegations",
            [],
            "json: cannot unmarshal array into Go value of type data.Delegations",
        ),
        (
            "delegations.roles",
            {},
            "json: cannot unmarshal object into Go value of type []*data.Role",
        ),
        (
            "delegations.roles.0",
            "x",
            "json: cannot unmarshal string into Go value of type data.Role",
        ),
        (
            "delegations.roles.0.name",
            1,
            "json: cannot unmarshal number into Go value of type data.RoleName",
        ),
        (
            "delegations.roles.0.paths",
            "x",
            "json: cannot unmarshal string into Go value of type []string",
        ),
        (
            "targets",
            [],
            "json: cannot unmarshal array into Go value of type data.Files",
        ),
        (
            "targets",
            {"a": 1},
            "json: cannot unmarshal number into Go value of type data.FileMeta",
        ),
        (
            "targets",
            {"a": {"length": "1"}},
            "json: cannot unmarshal string into Go value of type int64",
        ),
        (
            "targets",
            {"a": {"hashes": []}},
            "json: cannot unmarshal array into Go value of type data.Hashes",
        ),
        (
            "targets",
            {"a": {"hashes": {"sha256": "!"}}},
            "illegal base64 data at input byte 0",
        ),
    ],
)
def test_a_targets_member_of_the_wrong_type_is_refused_with_the_message_of_go(
    path, value, message
):
    assert refusal("targets", changed("targets", path, value)) == message


@pytest.mark.parametrize(
    "entry",
    [
        None,
        {},
        {"length": -1},
        {"hashes": {}},
        {"hashes": {"sha256": "AA=="}},
        {"hashes": {"md5": None}},
        {**FILE, "custom": {"any": [1.5, "thing"]}},
    ],
)
def test_the_entries_of_targets_are_not_judged(entry):
    assert parse("targets", changed("targets", "targets", {"path": entry}))


def test_a_key_that_is_larger_than_any_bundle_of_certificates_is_refused():
    for size, is_refused in ((32 * 1024, False), (32 * 1024 + 1, True)):
        public = base64.b64encode(bytes(size)).decode()
        key = {"keytype": "ecdsa", "keyval": {"public": public}}
        signed = publisher.targets(delegations=[], listed=[])
        signed["delegations"]["keys"] = {"k": key}
        if is_refused:
            with pytest.raises(InvalidMetadata, match="larger than 32768 bytes"):
                metadata.parse_targets("targets", signed)
        else:
            metadata.parse_targets("targets", signed)
