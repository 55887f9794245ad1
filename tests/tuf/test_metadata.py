"""The four kinds of role files: every rule of their structure, with its message."""

import base64
import copy

import pytest

from notary.tuf import metadata, moment
from notary.tuf.envelope import parse_stored, parse_upload
from notary.tuf.errors import Expired, InvalidMetadata, MalformedJSON
from tests import publisher, recorded
from tests.publisher import ecdsa_key, ed25519_key

GO = recorded.golib("metas.json")
ABSENT = object()
ONE, TWO = ecdsa_key(), ed25519_key()
HASH = base64.b64encode(b"\0" * 32).decode()
HASH_512 = base64.b64encode(b"\0" * 64).decode()
FILE = {"hashes": {"sha256": HASH}, "length": 1}
OWNER = publisher.Publisher("gun", ONE.public, TWO.public)
UNKNOWN = "f" * 64

VALID = {
    "root": OWNER.root(),
    "targets": publisher.targets(
        listed=[ONE], delegations=[publisher.delegation("targets/a", ONE)]
    ),
    "targets/a": publisher.targets(
        listed=[ONE], delegations=[publisher.delegation("targets/a/b", ONE)]
    ),
    "snapshot": publisher.snapshot(1, {"root": b"r", "targets": b"t"}),
    "timestamp": {
        **publisher.snapshot(1, {"snapshot": b"s"}),
        "_type": "Timestamp",
    },
}
ROLES = tuple(VALID)
TYPES = dict(
    zip(ROLES, ["Root", "Targets", "Targets", "Snapshot", "Timestamp"], strict=False)
)


def _parse(role: str, signed: object):
    if role.startswith("targets"):
        return metadata.parse_targets(role, signed)
    return getattr(metadata, f"parse_{role}")(signed)


def _changed(role: str, path: str, value: object) -> object:
    """Return a valid ``signed`` with one member replaced or removed.

    In the path, ``ONE`` is the id of that key: names of tests must not change.
    """
    signed = copy.deepcopy(VALID[role])
    names = [ONE.key_id if name == "ONE" else name for name in path.split(".")]
    *above, last = (int(x) if x.isdigit() else x for x in names)
    place = signed
    for name in above:
        place = place[name]
    if value is ABSENT:
        del place[last]
    else:
        place[last] = value
    return signed


def _refusal(role: str, signed: object) -> str:
    with pytest.raises(InvalidMetadata) as caught:
        _parse(role, signed)
    return str(caught.value)


@pytest.mark.parametrize("role", ROLES)
def test_a_valid_file_of_each_role_is_read(role):
    parsed = _parse(role, VALID[role])
    assert parsed.version == 1
    assert parsed.expires == moment.parse(publisher.FAR)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("found", ["", "root", "Mirrors", "targets", "ROOT"])
def test_the_type_is_the_name_of_the_role_with_a_capital(role, found):
    assert _refusal(role, _changed(role, "_type", found)) == (
        f"{role} type metadata invalid: expected type {TYPES[role]}, not {found}"
    )


@pytest.mark.parametrize("role", ROLES)
def test_no_file_passes_for_one_of_another_role(role):
    for other in VALID.values():
        if other["_type"] != TYPES[role]:
            assert _refusal(role, other)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("version", [0, -1, -(2**53), ABSENT, None])
def test_a_version_below_1_is_refused(role, version):
    one = "1" if role == "root" else "one"
    assert _refusal(role, _changed(role, "version", version)) == (
        f"{role} type metadata invalid: version cannot be less than {one}"
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("version", [2**31, 2**53])
def test_a_version_that_would_lock_the_repository_is_refused(role, version):
    assert _refusal(role, _changed(role, "version", version)) == (
        f"{role} type metadata invalid: version {version} is above the limit 2147483647"
    )


@pytest.mark.parametrize("role", ROLES)
def test_the_highest_version_of_the_database_is_accepted(role):
    assert _parse(role, _changed(role, "version", 2**31 - 1)).version == 2**31 - 1


@pytest.mark.parametrize("role", ROLES)
def test_the_type_is_checked_before_the_version_and_that_before_the_rest(role):
    signed = {"_type": "x", "version": 0}
    assert "expected type" in _refusal(role, signed)
    assert "version cannot" in _refusal(role, {**signed, "_type": TYPES[role]})


@pytest.mark.parametrize("role", ROLES)
def test_types_are_checked_before_any_of_these(role):
    assert _refusal(role, {"_type": 3, "version": 0}).startswith("json: cannot")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("expires", [ABSENT, None])
def test_a_missing_expiry_is_the_year_1(role, expires):
    assert _parse(role, _changed(role, "expires", expires)).expires == moment.ZERO


@pytest.mark.parametrize("role", ROLES)
def test_unknown_members_do_no_harm(role):
    signed = {**VALID[role], "spec_version": "1.0", "x": {"y": [1.5]}}
    assert _parse(role, signed) == _parse(role, VALID[role])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("signed", [None, {}])
def test_an_empty_or_null_signed_is_a_file_of_no_type(role, signed):
    assert _refusal(role, signed) == (
        f"{role} type metadata invalid: expected type {TYPES[role]}, not "
    )


@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp"])
@pytest.mark.parametrize(
    ("signed", "kind"), [([], "array"), ("x", "string"), (1, "number"), (True, "bool")]
)
def test_signed_of_another_type_is_refused_with_the_message_of_go(role, signed, kind):
    assert _refusal(role, signed) == (
        f"json: cannot unmarshal {kind} into Go value of type data.{TYPES[role]}"
    )


@pytest.mark.parametrize("missing", ["root", "targets", "snapshot", "timestamp"])
@pytest.mark.parametrize("value", [ABSENT, None])
def test_a_root_names_all_four_base_roles(missing, value):
    """Go: RootRoleMissing, TargetsRoleMissing, SnapshotRoleMissing."""
    assert _refusal("root", _changed("root", f"roles.{missing}", value)) == (
        f"root type metadata invalid: missing {missing} role specification"
    )


@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp"])
@pytest.mark.parametrize("threshold", [0, -1, None])
def test_no_role_of_a_root_has_a_threshold_below_1(role, threshold):
    """Go: RootInvalidZeroThreshold."""
    signed = _changed("root", f"roles.{role}.threshold", threshold)
    assert _refusal("root", signed) == (
        "root type metadata invalid: invalid threshold specified for "
        f"{role}: {threshold or 0} "
    )


def test_an_empty_role_of_a_root_has_no_threshold():
    assert _refusal("root", _changed("root", "roles.targets", {})) == (
        "root type metadata invalid: invalid threshold specified for targets: 0 "
    )


@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp"])
def test_every_key_id_of_a_base_role_has_a_key(role):
    signed = _changed("root", f"roles.{role}.keyids", [UNKNOWN])
    assert _refusal("root", signed) == (
        f"root type metadata invalid: key ID {UNKNOWN} specified in {role} "
        "without corresponding key"
    )


def test_a_threshold_is_checked_before_the_keys():
    role = {"keyids": [UNKNOWN], "threshold": 0}
    assert "threshold" in _refusal("root", _changed("root", "roles.root", role))


def test_a_root_may_have_more_roles_unused_keys_and_roles_without_keys():
    signed = _changed("root", "roles.mirrors", {"keyids": [UNKNOWN], "threshold": 0})
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
    assert _refusal("root", _changed("root", path, value)) == message


@pytest.mark.parametrize("role", [0, False, "", [], "x", 1])
def test_a_role_of_a_root_is_an_object(role):
    message = _refusal("root", _changed("root", "roles.root", role))
    assert message.startswith("json: cannot unmarshal")


def test_consistent_snapshot_may_be_true_and_private_keys_are_forgotten():
    signed = _changed("root", "consistent_snapshot", True)
    signed["keys"][ONE.key_id]["keyval"]["private"] = "AAAA"
    root = metadata.parse_root(signed)
    assert root.roles["timestamp"].keys[ONE.key_id] == ONE.public


@pytest.mark.parametrize("role", ["targets", "targets/a"])
@pytest.mark.parametrize("value", [ABSENT, None, {}])
def test_targets_need_no_delegations(role, value):
    assert _parse(role, _changed(role, "delegations", value)).delegations == {}


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
    assert _refusal(role, _changed(role, "delegations.roles.0.name", name)) == (
        f"{role} type metadata invalid: delegation role {name} invalid"
    )


def test_a_null_delegation_is_one_without_a_name():
    assert _refusal("targets", _changed("targets", "delegations.roles.0", None)) == (
        "targets type metadata invalid: delegation role  invalid"
    )


@pytest.mark.parametrize("role", ["targets", "targets/a"])
def test_no_delegation_has_a_threshold_below_1(role):
    name = VALID[role]["delegations"]["roles"][0]["name"]
    assert _refusal(role, _changed(role, "delegations.roles.0.threshold", 0)) == (
        f"{role} type metadata invalid: invalid threshold specified for {name}: 0 "
    )


def test_every_key_id_of_a_delegation_has_a_key():
    signed = _changed("targets", "delegations.roles.0.keyids", [UNKNOWN])
    assert _refusal("targets", signed) == (
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
    assert _refusal("targets", _changed("targets", path, value)) == message


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
    assert _parse("targets", _changed("targets", "targets", {"path": entry}))


LISTED = [("snapshot", "root"), ("snapshot", "targets"), ("timestamp", "snapshot")]


@pytest.mark.parametrize(("role", "listed"), LISTED)
@pytest.mark.parametrize(
    "entry", [ABSENT, None, {}, {"hashes": {}}, {"hashes": {"sha512": HASH_512}}]
)
def test_a_listing_gives_the_sha256_of_what_it_must_list(role, listed, entry):
    assert _refusal(role, _changed(role, f"meta.{listed}", entry)) == (
        f"{role} type metadata invalid: missing {listed} sha256 checksum information"
    )


@pytest.mark.parametrize(("role", "listed"), LISTED)
@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [
        ("sha256", ""),
        ("sha256", None),
        ("sha256", "AA=="),
        ("sha256", HASH_512),
        ("sha512", HASH),
        ("sha512", "AA=="),
    ],
)
def test_digests_of_a_wrong_size_are_refused(role, listed, algorithm, digest):
    entry = {"hashes": {"sha256": HASH, algorithm: digest}}
    assert _refusal(role, _changed(role, f"meta.{listed}", entry)) == (
        f"{role} type metadata invalid: invalid {listed} checksum information, "
        f"{algorithm} checksum invalid"
    )


@pytest.mark.parametrize(("role", "listed"), LISTED)
@pytest.mark.parametrize(
    "hashes",
    [
        {"sha256": HASH},
        {"sha256": HASH, "sha512": HASH_512},
        {"sha256": HASH, "md5": "AA=="},
    ],
)
def test_a_listing_may_leave_out_sha512_and_add_unknown_algorithms(
    role, listed, hashes
):
    entry = {"hashes": hashes, "length": -1}
    assert _parse(role, _changed(role, f"meta.{listed}", entry))


@pytest.mark.parametrize("entry", [None, {}, {"hashes": {"sha256": "AA=="}}])
def test_other_entries_of_a_listing_are_not_judged(entry):
    assert _parse("snapshot", _changed("snapshot", "meta.targets/a", entry))


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
    assert "is confusable with" in _refusal(role, _changed(role, path, 1))


def test_names_of_roles_files_and_keys_may_differ_by_case_only():
    signed = _changed("root", "roles.Root", {"keyids": [], "threshold": 1})
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
                _parse(role, {**VALID[role], member: value})
            except InvalidMetadata as error:
                message = str(error)
            assert len(message) < 500


NOT_METADATA = "targets type metadata invalid: expected type Targets, not "
SIGNED_CRASH = "Go dereferences a null pointer here; we find a file of no type"
FIRST_LOOK = "the text is only logged; we leave out the name of Go's field"
LITERAL = "the number is told as an integer, without its point"
DIFFERENT = {
    20: (
        "a byte array as hash is Go's accident",
        (None, None, "json: cannot unmarshal array into Go value of type []uint8"),
    ),
    34: (
        "lookalike members",
        ("member 'Signed' is confusable with 'signed'",) * 2 + (None,),
    ),
    38: (SIGNED_CRASH, (None, None, NOT_METADATA)),
    39: (SIGNED_CRASH, (None, None, NOT_METADATA)),
    40: (
        FIRST_LOOK,
        (
            "json: cannot unmarshal array into Go value of type data.SignedCommon",
            None,
            "json: cannot unmarshal array into Go value of type data.Targets",
        ),
    ),
    41: (
        FIRST_LOOK,
        (
            "json: cannot unmarshal string into Go value of type data.SignedCommon",
            None,
            "json: cannot unmarshal string into Go value of type data.Targets",
        ),
    ),
    42: (
        "one type stands for Go's two",
        ("json: cannot unmarshal array into Go value of type data.SignedMeta",) * 2
        + (None,),
    ),
    43: (SIGNED_CRASH, (None, None, NOT_METADATA)),
    44: (SIGNED_CRASH, (None, None, NOT_METADATA)),
    46: (
        FIRST_LOOK,
        (
            "json: cannot unmarshal string into Go value of type int",
            None,
            "json: cannot unmarshal string into Go value of type int",
        ),
    ),
    47: (
        LITERAL,
        (
            "json: cannot unmarshal number 1 into Go value of type int",
            None,
            "json: cannot unmarshal number 1 into Go value of type int",
        ),
    ),
    48: (
        "duplicate members",
        ("JSON object has duplicate members", None, NOT_METADATA),
    ),
    49: (
        "lookalike members",
        (
            "member 'Version' is confusable with 'version'",
            None,
            "member 'Version' is confusable with 'version'",
        ),
    ),
    50: (
        "lookalike members",
        (
            "member 'Version' is confusable with 'version'",
            None,
            "member 'Version' is confusable with 'version'",
        ),
    ),
}


@pytest.mark.parametrize("number", range(len(GO)), ids=lambda n: GO[n]["input"][-60:])
def test_a_recorded_file_has_the_verdicts_of_go_or_a_reasoned_other_one(number):
    item = GO[number]
    go = tuple(
        item.get(name)
        for name in ("first_parse_error", "builder_parse_error", "as_targets_error")
    )
    assert _verdicts(base64.b64decode(item["input_b64"])) == (
        DIFFERENT[number][1] if number in DIFFERENT else go
    )


@pytest.mark.parametrize("number", DIFFERENT)
def test_every_reasoned_difference_is_one(number):
    item = GO[number]
    recorded_verdicts = (
        item["first_parse_error"],
        item["builder_parse_error"],
        item.get("as_targets_error"),
    )
    assert recorded_verdicts != DIFFERENT[number][1]


def test_the_version_of_a_recorded_file_is_the_one_go_reads():
    for number, item in enumerate(GO):
        data = base64.b64decode(item["input_b64"])
        if _verdicts(data)[0] is None and number not in DIFFERENT:
            assert parse_upload("targets", data).version == item["version"]


def _verdicts(data: bytes) -> tuple[str | None, str | None, str | None]:
    """Return what is wrong at the first look, as a stored file, and as targets."""
    return _first_look(data), *_second_look(data)


def _first_look(data: bytes) -> str | None:
    try:
        return parse_upload("targets", data).problem or None
    except MalformedJSON as error:
        return str(error)


def _second_look(data: bytes) -> tuple[str | None, str | None]:
    try:
        envelope = parse_stored(data)
    except InvalidMetadata as error:
        return str(error), None
    try:
        metadata.parse_targets("targets", envelope.signed)
    except InvalidMetadata as error:
        return None, str(error)
    return None, None


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
