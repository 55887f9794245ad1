"""Files that the Go code judged: the same verdicts, or others with a reason."""

import base64

import pytest

from notary.tuf import metadata
from notary.tuf.envelope import parse_stored, parse_upload
from notary.tuf.errors import InvalidMetadata, MalformedJSON
from tests import recorded

GO = recorded.golib("metas.json")
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
    read = [
        (parse_upload("targets", data).version, item["version"])
        for number, item in enumerate(GO)
        if _first_look(data := base64.b64decode(item["input_b64"])) is None
        and number not in DIFFERENT
    ]
    assert len(read) > 10
    assert [ours for ours, _ in read] == [gos for _, gos in read]


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
