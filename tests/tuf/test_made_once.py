"""What is asked for again is not made again: it would cost each update as much."""

import pytest

from notary.tuf import draft
from notary.tuf.envelope import parse_stored, parse_upload
from notary.tuf.errors import InvalidSignatures
from notary.tuf.repository import RoleFile
from notary.tuf.signatures import RoleKeys
from tests.publisher import NOW, Key, ecdsa_key, sign
from tests.tuf import crafted
from tests.tuf.changed import VALID

KEY, OTHER = ecdsa_key(), ecdsa_key()
FILES = {role: sign(signed, KEY) for role, signed in VALID.items()}


def _role(*by: Key) -> RoleKeys:
    return RoleKeys("targets", {key.key_id: key.public for key in by}, 1)


@pytest.mark.parametrize(
    ("role", "meaning"),
    [
        ("root", "root"),
        ("targets", "targets"),
        ("targets/a", "targets"),
        ("snapshot", "snapshot"),
        ("timestamp", "timestamp"),
        ("targets", "meta"),
    ],
)
def test_a_stored_file_is_read_once(role, meaning):
    file = RoleFile(role, FILES[role])
    assert getattr(file, meaning) is getattr(file, meaning)


@pytest.mark.parametrize(
    ("role", "meaning"),
    [
        ("targets", "targets"),
        ("snapshot", "snapshot"),
        ("snapshot", "meta"),
    ],
)
def test_an_uploaded_file_is_read_once(role, meaning):
    upload = parse_upload(role, FILES[role])
    assert getattr(upload, meaning) is getattr(upload, meaning)


def test_what_is_signed_is_written_once():
    envelope = parse_stored(FILES["targets"])
    assert envelope.payload is envelope.payload
    made = draft.next_timestamp(_role(KEY), None, b"snapshot", NOW)
    assert made.payload is made.payload


def test_a_stored_file_is_not_verified_again_for_the_same_role():
    file = RoleFile("targets", FILES["targets"])
    costs = [crafted.calls(lambda: file.verify(_role(KEY))) for _ in range(2)]
    assert costs[1] < costs[0] / 2


def test_a_stored_file_is_verified_again_for_another_role():
    file = RoleFile("targets", FILES["targets"])
    file.verify(_role(KEY))
    for _ in range(2):
        with pytest.raises(InvalidSignatures):
            file.verify(_role(OTHER))
    file.verify(_role(KEY))


def test_a_signature_is_not_verified_again_for_another_role():
    first, second = (parse_stored(FILES["targets"]) for _ in range(2))
    first.verify(_role(KEY))
    before = crafted.calls(lambda: first.verify(_role(KEY, OTHER)))
    assert second.payload
    assert before < crafted.calls(lambda: second.verify(_role(KEY, OTHER)))
