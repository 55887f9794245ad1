"""Drafts: the timestamps and snapshots that the server makes and has signed."""

import json
from datetime import datetime, timedelta, timezone

import pytest

from notary.tuf import canonical, metadata, repository
from notary.tuf.draft import next_snapshot, next_timestamp
from notary.tuf.envelope import parse_stored
from notary.tuf.errors import InvalidMetadata
from notary.tuf.filemeta import check_describes, describe
from notary.tuf.signatures import RoleKeys
from tests import publisher
from tests.publisher import NOW, ecdsa_key, ed25519_key

ONE, TWO = ecdsa_key(), ed25519_key()
SNAPSHOT = b'{"signed":{},"signatures":[]} \n'


def _role(name: str, threshold: int = 1) -> RoleKeys:
    keys = {key.key_id: key.public for key in (ONE, TWO)}
    return RoleKeys(name, keys, threshold)


def _timestamp(previous=None, snapshot: bytes = SNAPSHOT, now: datetime = NOW):
    return next_timestamp(_role("timestamp"), previous, snapshot, now)


def _snapshot(previous=None, meta=None, now: datetime = NOW):
    listed = {"root": describe(b"r"), "targets": describe(b"t"), **(meta or {})}
    return next_snapshot(_role("snapshot"), previous, listed, now)


def _previous(role: str, version: int):
    """Return a former file with members that the server does not know."""
    signed = publisher.snapshot(version, {"root": b"", "targets": b"", "snapshot": b""})
    signed |= {"_type": role.capitalize(), "spec_version": "1", "x-custom": [1]}
    return getattr(metadata, f"parse_{role}")(signed)


@pytest.mark.parametrize("make", [_timestamp, _snapshot])
def test_the_first_file_has_version_1(make):
    assert make().version == make().signed["version"] == 1


@pytest.mark.parametrize(
    ("role", "make"), [("timestamp", _timestamp), ("snapshot", _snapshot)]
)
@pytest.mark.parametrize("version", [1, 2, 70_000])
def test_the_next_file_has_the_next_version(role, make, version):
    """Go: PrevTimestamp, SnapshotGenerateWithPrev."""
    draft = make(_previous(role, version))
    assert draft.version == draft.signed["version"] == version + 1


def test_a_timestamp_lives_14_days_and_a_snapshot_three_years():
    assert _timestamp().signed["expires"] == "2026-12-06T12:00:00Z"
    assert _snapshot().signed["expires"] == "2029-11-21T12:00:00Z"


def test_dates_are_in_utc_and_have_no_trailing_zeros():
    zone = timezone(timedelta(hours=-5))
    now = datetime(2026, 11, 22, 7, 0, 0, 120_000, tzinfo=zone)
    assert _timestamp(now=now).signed["expires"] == "2026-12-06T12:00:00.12Z"


def test_a_timestamp_describes_exactly_the_bytes_of_the_snapshot():
    draft = _timestamp()
    assert draft.signed["meta"] == {"snapshot": publisher.meta(SNAPSHOT)}
    described = metadata.parse_timestamp(draft.signed).snapshot
    check_describes("snapshot", described, describe(SNAPSHOT))
    with pytest.raises(metadata.InvalidMetadata, match="did not match"):
        check_describes("snapshot", described, describe(SNAPSHOT.strip()))


def test_a_snapshot_lists_what_it_is_told_to_list():
    meta = {"root": b"r", "targets": b"t", "targets/a": b"a"}
    draft = _snapshot(meta={"targets/a": describe(b"a")})
    expected = {role: publisher.meta(data) for role, data in meta.items()}
    assert draft.signed["meta"] == expected


@pytest.mark.parametrize(
    ("role", "make"), [("timestamp", _timestamp), ("snapshot", _snapshot)]
)
def test_unknown_members_of_the_previous_file_are_dropped(role, make):
    signed = make(_previous(role, 4)).signed
    assert signed.keys() == {"_type", "expires", "meta", "version"}


def test_algorithms_that_the_server_does_not_know_stay_listed():
    listed = metadata.parse_snapshot(
        publisher.snapshot(1, {"root": b"r", "targets": b"t"})
    ).meta
    other = {**listed["targets"].hashes, "md5": b"\0"}
    draft = _snapshot(meta={"targets": metadata.FileMeta(other, 1)})
    assert draft.signed["meta"]["targets"]["hashes"]["md5"] == "AA=="


@pytest.mark.parametrize("make", [_timestamp, _snapshot])
def test_what_is_to_be_signed_is_the_canonical_form(make):
    draft = make()
    assert draft.payload == canonical.encode(draft.signed)
    assert draft.payload.startswith(b'{"_type":"')
    assert b" " not in draft.payload


@pytest.mark.parametrize(
    ("make", "read"),
    [
        (_timestamp, repository.read_timestamp),
        (_snapshot, repository.read_snapshot),
    ],
)
def test_a_finished_file_is_read_back_and_verified(make, read):
    draft = make()
    data = draft.signed_with([ONE.sign(draft.payload)])
    assert read(data).version == draft.version
    envelope = parse_stored(data)
    assert envelope.payload == draft.payload
    envelope.verify(draft.signers)


def test_a_finished_file_carries_one_signature_of_each_key():
    role = _role("timestamp", threshold=2)
    draft = next_timestamp(role, None, SNAPSHOT, NOW)
    made = [key.sign(draft.payload) for key in (ONE, TWO)]
    envelope = parse_stored(draft.signed_with(made))
    assert list(envelope.signatures) == made
    envelope.verify(role)


def test_a_finished_file_has_the_form_of_go():
    draft = _timestamp()
    data = draft.signed_with([ONE.sign(draft.payload)])
    assert data.startswith(b'{"signed":{"_type":"Timestamp","expires":"2026-12-06T')
    assert b'"signatures":[{"keyid":"' in data
    assert json.loads(data)["signed"] == draft.signed
    assert not data.endswith(b"\n")


@pytest.mark.parametrize(
    ("role", "make"), [("timestamp", _timestamp), ("snapshot", _snapshot)]
)
def test_after_the_last_version_there_is_no_next_file(role, make):
    assert make(_previous(role, metadata.MAX_VERSION - 1)).version == 2**31 - 1
    with pytest.raises(InvalidMetadata, match="no version after 2147483647"):
        make(_previous(role, metadata.MAX_VERSION))
