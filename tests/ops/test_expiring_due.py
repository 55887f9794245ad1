"""What the walk through all files finds to be due: timestamps that the server signs."""

from datetime import timedelta

import pytest

from notary.ops import expiring
from notary.ops.expiring import Tally
from notary.server.backlog import Due
from notary.storage.store import NewFile, StoredFile
from notary.tuf import moment
from tests.publisher import NOW, ed25519_key, sign, snapshot, targets

GUN = "example.com/app"
KEY = ed25519_key()
LIFE = 14


def after(days):
    return moment.rfc3339(NOW + timedelta(days=days))


def nanoseconds(days):
    return moment.of(NOW + timedelta(days=days)).nanoseconds


def stored(role, data, age=0.0):
    file = NewFile.of(role, 1, data)
    created_at = NOW - timedelta(days=age)
    return StoredFile(role, 1, data, file.sha256, created_at)


def repository(age, *, root=1000.0, timestamp=None):
    """Return the files of a repository whose timestamp was signed so many days ago."""
    data = sign(targets(expires=after(root)), KEY)
    listing = sign(
        snapshot(1, {"root": data, "targets": data}, expires=after(1000)), KEY
    )
    if timestamp is None:
        signed = snapshot(1, {"snapshot": listing}, expires=after(LIFE - age))
        timestamp = sign({**signed, "_type": "Timestamp"}, KEY)
    return [
        stored("root", data),
        stored("snapshot", listing),
        stored("timestamp", timestamp, age),
    ]


def tallied(repositories, after_percent=50):
    tally = Tally(NOW, after_percent)
    for gun, files in repositories.items():
        for file in files:
            tally.add(expiring.read(gun, file))
    tally.finished()
    return tally


@pytest.mark.parametrize(
    ("age", "percent", "is_due"),
    [
        (6.9, 50, False),
        (7.1, 50, True),
        (13, 50, True),
        (30, 50, True),
        (7.1, 90, False),
        (30, 90, True),
        (30, 100, False),
    ],
)
def test_a_timestamp_is_found_when_enough_of_its_life_is_over(age, percent, is_due):
    files = repository(age)
    tally = tallied({GUN: files}, percent)
    due = Due(GUN, files[-1].sha256, nanoseconds(LIFE - age))
    assert tally.taken() == ([due] if is_due else [])
    assert tally.taken() == []


def test_of_what_is_not_due_it_is_known_what_expires_first():
    tally = tallied({"a": repository(2), "b": repository(5), "c": repository(8)})
    assert [due.gun for due in tally.taken()] == ["c"]
    assert tally.first_expiry == nanoseconds(LIFE - 5)
    assert tallied({"c": repository(8)}).first_expiry is None


def test_nothing_is_to_be_signed_below_a_root_that_has_expired():
    tally = tallied({"a": repository(8, root=-1), "b": repository(8, root=1)})
    assert [due.gun for due in tally.taken()] == ["b"]
    assert tally.stuck == 1
    assert tallied({"a": repository(2, root=-1)}).stuck == 0


@pytest.mark.parametrize("timestamp", [b"", b"{}", b'{"signed": {"expires": "soon"}}'])
def test_a_timestamp_that_cannot_be_read_is_left_alone(timestamp):
    tally = tallied({GUN: repository(8, timestamp=timestamp)})
    assert tally.taken() == []
    assert tally.first_expiry is None


def test_a_repository_without_its_root_is_left_alone():
    assert tallied({GUN: repository(8)[1:]}).taken() == []
