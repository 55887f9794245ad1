"""The outer layer: the first look at an upload, and the form files are kept in."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.tuf.envelope import Upload, parse_stored, parse_upload, serialise
from notary.tuf.errors import InvalidMetadata, MalformedJSON
from notary.tuf.signatures import Signature
from tests import publisher, recorded

ROLE_FILES = sorted(
    path
    for path in recorded.DATA.glob("histories/*/blob/*.json")
    if path.read_bytes().startswith(b'{"signed":')
)


def _upload(signed: object, signatures: object = ()) -> Upload:
    return parse_upload("targets", _file(signed, signatures))


def _file(signed: object, signatures: object = ()) -> bytes:
    return json.dumps({"signed": signed, "signatures": signatures}).encode()


def _signature(**members: object) -> dict[str, object]:
    return {"keyid": "k", "method": "ecdsa", "sig": "AAAA", **members}


def test_enough_recorded_role_files_are_at_hand():
    assert len(ROLE_FILES) >= 132


@pytest.mark.parametrize("path", ROLE_FILES, ids=lambda path: path.name[:12])
def test_a_recorded_role_file_is_written_again_byte_for_byte(path):
    envelope = parse_stored(path.read_bytes())
    assert serialise(envelope.signed, envelope.signatures) == path.read_bytes()


@pytest.mark.parametrize("path", ROLE_FILES, ids=lambda path: path.name[:12])
def test_a_recorded_role_file_means_the_same_as_an_upload(path):
    data = path.read_bytes()
    upload = parse_upload("targets", data)
    assert upload.opened() == parse_stored(data)
    assert upload.version == json.loads(data)["signed"]["version"]


def test_the_bytes_of_an_upload_are_kept_as_they_came():
    data = b' {"signatures" : [ ] ,\n "signed" : {"version":3}}\n'
    upload = parse_upload("targets", data)
    assert upload.data == data
    assert upload.opened().data == data
    assert upload.opened().payload == b'{"version":3}'


@pytest.mark.parametrize(
    "data", [b"null", b"{}", b'{"signed":null}', b'{"signed":{}}', b'{"x":1}']
)
def test_without_signed_a_file_passes_the_first_look_with_version_0(data):
    upload = parse_upload("targets", data)
    assert upload.version == 0
    assert upload.opened().signatures == ()


@pytest.mark.parametrize("trailing", [b"x", b" {}", b"]", b"\0"])
def test_bytes_after_the_value_pass_the_first_look_and_fail_the_second(trailing):
    upload = parse_upload("targets", b'{"signed":{"version":1}}' + trailing)
    assert upload.version == 0
    character = trailing.strip()[:1].decode()
    with pytest.raises(InvalidMetadata) as caught:
        upload.opened()
    assert str(caught.value) == (
        f"invalid character '{character}' after top-level value"
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"[]",
        b'"x"',
        b"1",
        b"true",
        b'{"signed":',
        b'{"signed":{}',
        b"\xef\xbb\xbf{}",
        b"PK\x03\x04",
    ],
)
def test_what_is_no_json_object_is_malformed(data):
    with pytest.raises(MalformedJSON):
        parse_upload("targets", data)


@pytest.mark.parametrize("signed", [[], "x", 1, True, 1.5])
def test_signed_must_be_an_object(signed):
    with pytest.raises(MalformedJSON):
        _upload(signed)


@pytest.mark.parametrize(
    "member",
    [
        {"_type": 1},
        {"_type": []},
        {"_type": False},
        {"expires": 1},
        {"expires": ""},
        {"expires": {}},
        {"expires": "tomorrow"},
        {"version": "1"},
        {"version": 1.0},
        {"version": 1.5},
        {"version": True},
        {"version": []},
        {"version": 2**63},
    ],
)
def test_a_common_member_of_the_wrong_type_is_malformed(member):
    with pytest.raises(MalformedJSON):
        _upload(member)


@pytest.mark.parametrize("literal", [b"1.0", b"1e0", b"10e-1", b"9223372036854775808"])
def test_a_version_that_is_not_written_as_an_integer_is_malformed(literal):
    with pytest.raises(MalformedJSON):
        parse_upload("targets", b'{"signed":{"version":' + literal + b"}}")


@pytest.mark.parametrize("version", [-5, 0, 1, 2**31, 2**53])
def test_any_integer_is_a_version_at_the_first_look(version):
    assert _upload({"version": version}).version == version


@pytest.mark.parametrize("name", ["_type", "expires", "version"])
def test_a_common_member_that_is_null_counts_as_absent(name):
    assert _upload({name: None}).version == 0


@pytest.mark.parametrize(
    "signed",
    [
        {"roles": 1, "keys": "x", "meta": []},
        {"_type": "nonsense", "version": 4},
        {"custom": 1.5},
    ],
)
def test_what_a_role_means_is_not_looked_at_yet(signed):
    assert _upload(signed).opened().signed is not None


@pytest.mark.parametrize(
    "signatures", [{}, "x", 1, [1], ["x"], [[]], [_signature(keyid=1)]]
)
def test_signatures_of_the_wrong_type_are_malformed(signatures):
    with pytest.raises(MalformedJSON):
        _upload({}, signatures)


@pytest.mark.parametrize(
    "sig",
    [
        "-_==",
        "A",
        "AAA",
        "AA=A",
        "A===",
        "====",
        "AAAA=",
        "AAAA==",
        "AAAA====",
        "AA==AA==",
        "é",
        1,
        [],
    ],
)
def test_a_signature_that_is_not_standard_base64_is_malformed(sig):
    with pytest.raises(MalformedJSON):
        _upload({}, [_signature(sig=sig)])


@pytest.mark.parametrize("sig", ["AAAA", "AA\nAA", "\r\nAAAA\n", None, ""])
def test_line_ends_in_base64_are_skipped_as_go_does(sig):
    (signature,) = _upload({}, [_signature(sig=sig)]).opened().signatures
    assert signature.value == (b"\0\0\0" if sig else b"")


def test_a_null_signature_is_an_empty_one():
    assert _upload({}, [None]).opened().signatures == (Signature("", "", b""),)


def test_methods_are_read_in_lower_case():
    (signature,) = _upload({}, [_signature(method="RSAPSS")]).opened().signatures
    assert signature.method == "rsapss"


@pytest.mark.parametrize(
    "data",
    [
        b'{"Signed":{"version":1}}',
        b'{"signed":{"version":1},"SIGNED":{"version":2}}',
        b'{"signed":{},"Signatures":[]}',
        b'{"signed":{"Version":1}}',
        b'{"signed":{"_TYPE":"Root"}}',
        b'{"signed":{},"signatures":[{"KeyID":"k"}]}',
        '{"\u017figned":{"version":1}}'.encode(),
        '{"signed":{"ver\u017fion":1}}'.encode(),
        '{"signed":{},"signatures":[{"\u212aeyid":"k"}]}'.encode(),
    ],
)
def test_a_member_that_only_case_tells_from_a_known_one_is_malformed(data):
    with pytest.raises(MalformedJSON, match="confusable"):
        parse_upload("targets", data)


def test_duplicate_members_are_malformed():
    with pytest.raises(MalformedJSON, match="duplicate"):
        parse_upload("targets", b'{"signed":{"version":1,"version":2}}')


def test_unknown_members_are_kept_because_signatures_cover_them():
    signed = publisher.targets(extra={"b": [1], "a": None})
    payload = _upload(signed).opened().payload
    assert b'"extra":{"a":null,"b":[1]}' in payload


def test_uploaded_bytes_do_not_show_in_the_repr():
    assert "secret" not in repr(_upload({"custom": "secret"}))


@given(st.binary() | st.text().map(str.encode))
def test_hostile_bytes_are_an_upload_or_malformed(data):
    with contextlib.suppress(MalformedJSON):
        parse_upload("targets", data)


def test_a_file_with_more_signatures_than_anybody_needs_is_refused():
    signature = {"keyid": "k", "method": "ecdsa", "sig": ""}
    enough = {"signed": {}, "signatures": [signature] * 200}
    assert len(parse_upload("root", json.dumps(enough).encode()).opened().signatures)
    enough["signatures"].append(signature)
    with pytest.raises(MalformedJSON, match="more than 200 signatures"):
        parse_upload("root", json.dumps(enough).encode())
