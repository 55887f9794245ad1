"""Every member that means something: no other may look like it, in any file."""

import json

import pytest

from notary.tuf import canonical
from notary.tuf.envelope import parse_stored, parse_upload
from notary.tuf.errors import InvalidMetadata, MalformedJSON
from tests.tuf.changed import VALID, changed, refusal

COMMON = ["_type", "expires", "version"]
ROLE = ["keyids", "name", "paths", "threshold", "path_hash_prefixes"]
ENTRY = ["custom", "hashes", "length"]
KNOWN = {
    ("root", ""): [*COMMON, "consistent_snapshot", "keys", "roles"],
    ("root", "keys.ONE"): ["keytype", "keyval"],
    ("root", "keys.ONE.keyval"): ["private", "public"],
    ("root", "roles.root"): ROLE,
    ("targets", ""): [*COMMON, "delegations", "targets"],
    ("targets", "delegations"): ["keys", "roles"],
    ("targets", "delegations.roles.0"): ROLE,
    ("snapshot", ""): [*COMMON, "meta"],
    ("snapshot", "meta.root"): ENTRY,
    ("timestamp", ""): [*COMMON, "meta"],
    ("timestamp", "meta.snapshot"): ENTRY,
}
ENVELOPE = {
    "": ["signed", "signatures"],
    "signed": COMMON,
    "signatures": ["keyid", "method", "sig"],
}


@pytest.mark.parametrize(
    ("role", "place", "member"),
    [(*where, member) for where, members in KNOWN.items() for member in members],
)
def test_a_member_in_capitals_is_confusable_whether_or_not_the_right_one_is_there(
    role, place, member
):
    path = ".".join(filter(None, [place, member.upper()]))
    said = f"member '{member.upper()}' is confusable with '{member}'"
    assert refusal(role, changed(role, path, None)) == said


@pytest.mark.parametrize(
    ("place", "member"),
    [(place, member) for place, members in ENVELOPE.items() for member in members],
)
def test_that_holds_for_what_is_around_the_metadata_too(place, member):
    odd = {member.upper(): None}
    around = {"signed": {}, "signatures": []}
    document = {
        "": {**around, **odd},
        "signed": {**around, "signed": odd},
        "signatures": {**around, "signatures": [odd]},
    }[place]
    data = json.dumps(document).encode()
    said = f"^member '{member.upper()}' is confusable with '{member}'$"
    with pytest.raises(MalformedJSON, match=said):
        parse_upload("targets", data)
    if place != "signed":
        with pytest.raises(InvalidMetadata, match=said):
            parse_stored(data)


@pytest.mark.parametrize("role", VALID)
def test_a_file_that_is_read_has_no_other_members_than_these(role):
    if role in ("root", "targets", "snapshot", "timestamp"):
        assert VALID[role].keys() <= set(KNOWN[role, ""])


@pytest.mark.parametrize("strict", [True, False])
def test_a_lone_surrogate_is_replaced_wherever_it_stands(strict):
    value = canonical.decode(rb'{"\ud800":["\udfff",{"a":["x\ud800"]}]}', strict=strict)
    assert value == {"\ufffd": ["\ufffd", {"a": ["x\ufffd"]}]}
    assert canonical.encode(value).decode() == '{"\ufffd":["\ufffd",{"a":["x\ufffd"]}]}'
