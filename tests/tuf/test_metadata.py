"""What every kind of role file has: a type, a version, a date, and exact names."""

import pytest

from notary.tuf import metadata, moment
from notary.tuf.errors import Expired, InvalidMetadata
from tests import publisher
from tests.tuf.changed import ABSENT, VALID, changed, parse, refusal

ROLES = tuple(VALID)
TYPES = dict(
    zip(ROLES, ["Root", "Targets", "Targets", "Snapshot", "Timestamp"], strict=False)
)


@pytest.mark.parametrize("role", ROLES)
def test_a_valid_file_of_each_role_is_read(role):
    parsed = parse(role, VALID[role])
    assert parsed.version == 1
    assert parsed.expires == moment.parse(publisher.FAR)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("found", ["", "root", "Mirrors", "targets", "ROOT"])
def test_the_type_is_the_name_of_the_role_with_a_capital(role, found):
    assert refusal(role, changed(role, "_type", found)) == (
        f"{role} type metadata invalid: expected type {TYPES[role]}, not {found}"
    )


@pytest.mark.parametrize("role", ROLES)
def test_no_file_passes_for_one_of_another_role(role):
    for other in VALID.values():
        if other["_type"] != TYPES[role]:
            assert refusal(role, other)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("version", [0, -1, -(2**53), ABSENT, None])
def test_a_version_below_1_is_refused(role, version):
    one = "1" if role == "root" else "one"
    assert refusal(role, changed(role, "version", version)) == (
        f"{role} type metadata invalid: version cannot be less than {one}"
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("version", [2**31, 2**53])
def test_a_version_that_would_lock_the_repository_is_refused(role, version):
    assert refusal(role, changed(role, "version", version)) == (
        f"{role} type metadata invalid: version {version} is above the limit 2147483647"
    )


@pytest.mark.parametrize("role", ROLES)
def test_the_highest_version_of_the_database_is_accepted(role):
    assert parse(role, changed(role, "version", 2**31 - 1)).version == 2**31 - 1


@pytest.mark.parametrize("role", ROLES)
def test_the_type_is_checked_before_the_version_and_that_before_the_rest(role):
    signed = {"_type": "x", "version": 0}
    assert "expected type" in refusal(role, signed)
    assert "version cannot" in refusal(role, {**signed, "_type": TYPES[role]})


@pytest.mark.parametrize("role", ROLES)
def test_types_are_checked_before_any_of_these(role):
    assert refusal(role, {"_type": 3, "version": 0}).startswith("json: cannot")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("expires", [ABSENT, None])
def test_a_missing_expiry_is_the_year_1(role, expires):
    assert parse(role, changed(role, "expires", expires)).expires == moment.ZERO


@pytest.mark.parametrize("role", ROLES)
def test_unknown_members_do_no_harm(role):
    signed = {**VALID[role], "spec_version": "1.0", "x": {"y": [1.5]}}
    assert parse(role, signed) == parse(role, VALID[role])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("signed", [None, {}])
def test_an_empty_or_null_signed_is_a_file_of_no_type(role, signed):
    assert refusal(role, signed) == (
        f"{role} type metadata invalid: expected type {TYPES[role]}, not "
    )


@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp"])
@pytest.mark.parametrize(
    ("signed", "kind"), [([], "array"), ("x", "string"), (1, "number"), (True, "bool")]
)
def test_signed_of_another_type_is_refused_with_the_message_of_go(role, signed, kind):
    assert refusal(role, signed) == (
        f"json: cannot unmarshal {kind} into Go value of type data.{TYPES[role]}"
    )


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("root", "Keys"),
        ("root", "roles.root.Threshold"),
        ("root", "keys.ONE.keyType"),
        ("root", "keys.ONE.keyval.PUBLIC"),
        ("targets", "Delegations"),
        ("targets", "delegations.Roles"),
        ("targets", "delegations.roles.0.Name"),
        ("snapshot", "Meta"),
        ("snapshot", "meta.root.Hashes"),
        ("timestamp", "meta.snapshot.Length"),
        ("snapshot", "ver\u017fion"),
    ],
)
def test_a_member_that_only_case_tells_from_a_known_one_is_refused(role, path):
    assert "is confusable with" in refusal(role, changed(role, path, 1))


def test_names_of_roles_files_and_keys_may_differ_by_case_only():
    signed = changed("root", "roles.Root", {"keyids": [], "threshold": 1})
    assert {"root", "Root"} <= metadata.parse_root(signed).roles.keys()


def test_metadata_expires_strictly_after_its_date():
    date = moment.parse("2026-11-22T10:56:15+01:00")
    metadata.check_expiry("root", date, moment.parse("2026-11-22T09:56:15Z"))
    with pytest.raises(Expired) as caught:
        metadata.check_expiry(
            "root", date, moment.parse("2026-11-22T09:56:15.000000001Z")
        )
    assert str(caught.value) == "root expired at Sun Nov 22 10:56:15 +0100 2026"


@pytest.mark.parametrize("role", ROLES)
def test_messages_about_hostile_values_stay_short(role):
    for member in ("_type", "version", "expires", "roles", "meta", "X" * 50_000):
        for value in ("x" * 50_000, int("9" * 15), ["x" * 50_000]):
            message = ""
            try:
                parse(role, {**VALID[role], member: value})
            except InvalidMetadata as error:
                message = str(error)
            assert len(message) < 500
