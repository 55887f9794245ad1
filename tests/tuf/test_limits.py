"""Limits of the core, from both sides: as much as is allowed, and one more."""

import pytest

from notary.tuf import canonical, certificates, keys, metadata, moment, renewal, update
from notary.tuf.errors import InvalidMetadata, NonCanonical
from notary.tuf.keys import PublicKey
from tests import publisher
from tests.publisher import (
    NOW,
    bundle_key,
    certificate,
    ecdsa_key,
    rsa_key,
    sign,
    targets,
)
from tests.tuf.roots import GUN, NO_LEAF, accept, first_refusal
from tests.tuf.uploads import unpublished

DEEP = "JSON is nested too deeply"


def _nested(depth: int, beside: bytes = b"[],") -> bytes:
    return b"[" + beside + b"[" * (depth - 1) + b"]" * depth


@pytest.mark.parametrize("beside", [b"", b"[],", b"[],[[]],{},"])
def test_json_nests_300_deep_whatever_stands_beside_it(beside):
    assert canonical.decode(_nested(canonical.MAX_DEPTH, beside), strict=True)
    with pytest.raises(NonCanonical, match=DEEP):
        canonical.decode(_nested(canonical.MAX_DEPTH + 1, beside), strict=True)


@pytest.mark.parametrize("pair", [b"[]", b'{"a":{}}'])
def test_json_may_be_as_wide_as_it_likes(pair):
    data = b"[" + b",".join([pair] * (canonical.MAX_DEPTH + 1)) + b"]"
    assert len(canonical.decode(data, strict=True)) == canonical.MAX_DEPTH + 1


@pytest.mark.parametrize("before", [b"", b'\\"', b"\\\\", b'\\\\\\"'])
def test_brackets_in_a_string_do_not_nest(before):
    brackets = b"[{" * canonical.MAX_DEPTH
    data = b'["' + before + brackets + b'","",{}]'
    assert canonical.decode(data, strict=True)[0].endswith(brackets.decode())


def test_stored_json_is_refused_at_the_depth_that_cannot_be_read():
    with pytest.raises(NonCanonical, match=DEEP):
        canonical.decode(b"[" * 100_000 + b"]" * 100_000, strict=False)


def test_a_value_is_refused_at_the_depth_that_cannot_be_written():
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(NonCanonical, match=DEEP):
        canonical.encode(value)


@pytest.mark.parametrize("strict", [True, False])
def test_a_number_has_up_to_400_characters(strict):
    longest = b"0." + b"1" * 398
    assert canonical.decode(longest, strict=strict)
    with pytest.raises(NonCanonical, match="is too large"):
        canonical.decode(longest + b"1", strict=strict)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("literal", [b"1e309", b"-1e309", b"-1" + b"0" * 309])
def test_no_number_is_infinite_on_either_side(literal, strict):
    with pytest.raises(NonCanonical, match="is too large"):
        canonical.decode(literal, strict=strict)


@pytest.mark.parametrize("literal", ["NaN", "Infinity"])
def test_what_only_python_takes_for_a_number_is_refused_in_the_words_of_go(literal):
    said = f"^invalid character '{literal[0]}' looking for beginning of value$"
    with pytest.raises(NonCanonical, match=said):
        canonical.decode(literal.encode(), strict=True)


@pytest.mark.parametrize(
    ("literal", "written"),
    [
        (b"9223372036854774784", b"9223372036854774784"),
        (b"-9223372036854774784", b"-9223372036854774784"),
        (b"9223372036854775808", b"-9223372036854775808"),
        (b"-9223372036854775809", b"-9223372036854775808"),
        (b"1e300", b"-9223372036854775808"),
        (b"-1e300", b"-9223372036854775808"),
    ],
)
def test_a_stored_number_beyond_64_bits_is_written_as_the_smallest_as_in_go(
    literal, written
):
    assert canonical.encode(canonical.decode(literal, strict=False)) == written


def test_a_bundle_has_up_to_16_certificates():
    key = ecdsa_key()
    leaf = certificate(key.private, GUN)
    above = certificate(ecdsa_key().private, "ca", is_ca=True)
    accept(bundle_key(key, leaf, *[above] * 15))
    assert first_refusal(bundle_key(key, leaf, *[above] * 16)) == NO_LEAF


def test_an_rsa_key_one_bit_too_short_verifies_nothing_and_speaks_for_nobody():
    key = rsa_key(2047)
    assert keys.verifying_key(key.public) is None
    with pytest.raises(InvalidMetadata, match="RSA bit length is too short"):
        certificates.check_strength(certificate(key.private, GUN))


def test_a_public_key_has_up_to_32768_bytes():
    def read(size: int):
        key = PublicKey("x", b"x" * size)
        signed = {**targets(), "delegations": {"keys": {"k": key.as_json()}}}
        return metadata.parse_targets("targets", signed)

    assert read(keys.MAX_BYTES)
    with pytest.raises(InvalidMetadata, match="larger than 32768 bytes"):
        read(keys.MAX_BYTES + 1)


@pytest.mark.parametrize("what", ["keys", "delegations", "keys of a role"])
def test_a_targets_file_has_up_to_5000_keys_and_delegations(what):
    key = ecdsa_key()

    def read(count: int):
        listed = publisher.key_map(key)
        roles = [publisher.delegation("targets/a", key)]
        if what == "keys":
            listed |= {str(n): key.public.as_json() for n in range(count - 1)}
        elif what == "delegations":
            roles *= count
        else:
            roles[0]["keyids"] *= count
        found = {"keys": listed, "roles": roles}
        return metadata.parse_targets("targets", {**targets(), "delegations": found})

    assert read(metadata.MAX_KEYS)
    with pytest.raises(InvalidMetadata, match=f"there are more than 5000 {what}$"):
        read(metadata.MAX_KEYS + 1)


def test_an_upload_has_up_to_2000_signatures():
    stored, files = unpublished(server_signs_snapshot=True)
    by = [stored.owner.targets_key] * 200
    files["targets"] = sign(targets(), *by)
    for number in range(update.MAX_SIGNATURES // 200 - 1):
        files[f"targets/{number}"] = sign(targets(), *by)
    too_many = "there are more than 2000 signatures in one upload"
    assert stored.refusal(files) == ("ErrValidation", too_many)
    files["root"] = sign(stored.owner.root())
    assert too_many not in stored.refusal(files)


@pytest.mark.parametrize(("percent", "is_due"), [(99, True), (100, False)])
def test_an_expired_file_is_due_up_to_99_percent(percent, is_due):
    expired, now = moment.ZERO, moment.of(NOW)
    assert renewal.is_due(NOW, expired, percent, now) is is_due
