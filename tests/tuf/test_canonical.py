"""Canonical JSON: what is read of an upload, and what is refused as ambiguous."""

import base64
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.tuf import canonical
from notary.tuf.envelope import parse_stored
from notary.tuf.errors import InvalidMetadata, NonCanonical, TrailingData
from tests import recorded

GO = recorded.golib("canonical.json")
NOT_AN_OBJECT = "into Go value of type map[string]interface {}"
AMBIGUOUS = {
    b'{"a":1,"a":2}': "duplicate members",
    b'{"a":9007199254740993}': "outside",
    b'{"a":9223372036854775807}': "outside",
    b'{"a":9223372036854775808}': "outside",
    b'{"a":18446744073709551616}': "outside",
    b'{"a":1e308}': "outside",
    b'{"a":-9223372036854775808}': "outside",
}
TEXT = st.text(st.characters(exclude_categories=["Cs"], min_codepoint=0x20))
INTEGERS = st.integers(-(2**53), 2**53)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


def _input(item) -> bytes:
    return base64.b64decode(item["input_b64"])


def _select(wanted):
    chosen = [item for item in GO if wanted(item)]
    assert chosen
    return pytest.mark.parametrize("item", chosen, ids=lambda item: item["input"][:40])


def _is_no_object(item) -> bool:
    return NOT_AN_OBJECT in item.get("decode_error", "")


@_select(lambda item: item.get("canonical_b64"))
def test_what_go_can_canonicalise_has_the_same_canonical_form(item):
    value = canonical.decode(_input(item), strict=False)
    assert canonical.encode(value) == base64.b64decode(item["canonical_b64"])


@_select(lambda item: item.get("error"))
def test_what_go_cannot_canonicalise_is_not_canonical(item):
    value = canonical.decode(_input(item), strict=False)
    with pytest.raises(NonCanonical, match="json: unsupported value"):
        canonical.encode(value)


@_select(lambda item: item.get("decode_error") and not _is_no_object(item))
@pytest.mark.parametrize("strict", [True, False])
def test_what_go_cannot_decode_is_refused(item, strict):
    with pytest.raises(NonCanonical):
        canonical.decode(_input(item), strict=strict)


@_select(_is_no_object)
def test_json_that_is_no_object_is_refused_as_metadata(item):
    canonical.decode(_input(item), strict=False)
    with pytest.raises(InvalidMetadata, match="json: cannot unmarshal"):
        parse_stored(_input(item))


@_select(lambda item: not item.get("decode_error"))
def test_an_upload_means_what_it_meant_to_go_unless_it_is_ambiguous(item):
    data = _input(item)
    if data in AMBIGUOUS:
        with pytest.raises(NonCanonical, match=AMBIGUOUS[data]):
            canonical.decode(data, strict=True)
    else:
        stored = canonical.decode(data, strict=False)
        assert canonical.decode(data, strict=True) == stored


@pytest.mark.parametrize("sign", [b"", b"-"])
@pytest.mark.parametrize(
    "literal", [b"9007199254740992", b"9007199254740992.0", b"9.007199254740992e15"]
)
def test_an_upload_may_hold_numbers_up_to_two_to_the_53(sign, literal):
    value = canonical.decode(sign + literal, strict=True)
    assert value == (-(2**53) if sign else 2**53)


@pytest.mark.parametrize("sign", [b"", b"-"])
@pytest.mark.parametrize(
    "literal",
    [
        b"9007199254740993",
        b"9007199254740992.5",
        b"9007199254740994",
        b"1e16",
        b"9223372036854775808",
        b"1e300",
    ],
)
def test_an_upload_with_a_number_beyond_two_to_the_53_is_refused(sign, literal):
    with pytest.raises(NonCanonical, match="is outside ±2\\^53"):
        canonical.decode(sign + literal, strict=True)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'[{"x":{"a":1,"b":2,"a":3}}]',
        b'{"a":1,"\\u0061":2}',
        b'{"\xff":1,"\xfe":2}',
        b'{"\\ud800":1,"\\udc00":2}',
        b'{"\\ud800":1,"\xef\xbf\xbd":2}',
    ],
)
def test_an_upload_with_duplicate_members_is_refused(data):
    with pytest.raises(NonCanonical, match="duplicate members"):
        canonical.decode(data, strict=True)


def test_of_duplicate_members_that_are_stored_the_last_one_counts():
    assert canonical.decode(b'{"a":1,"a":2}', strict=False) == {"a": 2}


def test_bytes_after_the_value_are_told_apart_from_other_faults():
    with pytest.raises(TrailingData, match="invalid character 'x' after top-level"):
        canonical.decode(b"{}  x", strict=True)


def test_white_space_around_the_value_is_no_fault():
    assert canonical.decode(b" \r\n\t{} \n", strict=True) == {}


def test_a_number_with_a_fraction_can_be_read_but_not_signed():
    value = canonical.decode(b'{"custom":1.5}', strict=True)
    assert value == {"custom": Decimal("1.5")}
    with pytest.raises(NonCanonical, match="not an integer"):
        canonical.encode(value)


@pytest.mark.parametrize("literal", [b"1.0", b"1e0", b"10e-1", b"0.1e1"])
def test_an_integral_number_with_a_point_or_exponent_is_marked_as_such(literal):
    value = canonical.decode(literal, strict=True)
    assert value == 1
    assert isinstance(value, canonical.FloatLiteral)
    assert canonical.encode(value) == b"1"


@given(JSON_VALUES)
def test_the_canonical_form_is_read_back_as_the_same_value(value):
    assert canonical.decode(canonical.encode(value), strict=True) == value


@given(JSON_VALUES)
def test_the_canonical_form_does_not_depend_on_how_the_json_was_written(value):
    pretty = json.dumps(value, indent=3, ensure_ascii=True).encode()
    decoded = canonical.decode(pretty, strict=True)
    assert canonical.encode(decoded) == canonical.encode(value)


@given(st.binary() | TEXT.map(str.encode), st.booleans())
def test_hostile_bytes_are_decoded_or_refused_as_not_canonical(data, strict):
    try:
        value = canonical.decode(data, strict=strict)
        canonical.encode(value)
    except NonCanonical:
        pass


@pytest.mark.parametrize("depth", [300, 301, 500, 700, 950, 1000, 1100, 5000, 100_000])
@pytest.mark.parametrize("inner", [b"", b'"x"', b'"\\u0041"'])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting_is_decoded_or_refused_as_not_canonical(
    depth, inner, opening, closing
):
    data = opening * depth + (inner or b"0") + closing * depth
    problem = ""
    try:
        canonical.encode(canonical.decode(data, strict=True))
    except NonCanonical as error:
        problem = str(error)
    assert problem in ("", "JSON is nested too deeply")
    assert bool(problem) == (depth > canonical.MAX_DEPTH)


def test_a_hundred_thousand_open_brackets_are_refused():
    with pytest.raises(NonCanonical):
        canonical.decode(b"[" * 100_000, strict=True)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    "literal",
    [
        b"9" * 5000,
        b"-" + b"9" * 1_000_000,
        b"0." + b"1" * 1_000_000,
        b"1" + b"0" * 399,
        b"1e309",
        b"1e" + b"9" * 300,
        b"1e" + b"9" * 100_000,
        b"1e-" + b"9" * 100_000,
    ],
    ids=lambda literal: f"{literal[:6].decode()}-{len(literal)}",
)
def test_numbers_of_absurd_length_or_size_are_refused(literal, strict):
    with pytest.raises(NonCanonical, match="is too large"):
        canonical.decode(b'{"a":' + literal + b"}", strict=strict)


def test_numbers_too_small_for_a_float_are_zero_as_in_go():
    assert canonical.decode(b"1e-" + b"9" * 300, strict=True) == 0


def test_each_byte_that_is_not_utf_8_becomes_one_replacement_character():
    data = b'"\xff\xe2\x82|\xed\xa0\x80|\xf0\x9f\x98"'
    expected = "\ufffd" * 3 + "|" + "\ufffd" * 3 + "|" + "\ufffd" * 3
    assert canonical.decode(data, strict=False) == expected
