"""What is read of a repository before the checks: no more than they need."""

import pytest

from notary.tuf import metadata
from notary.tuf.envelope import parse_upload
from notary.tuf.repository import files_to_load, hashes_to_find
from tests import publisher
from tests.publisher import sign
from tests.tuf.stored import digest


def _uploads(*roles: str):
    return {role: parse_upload(role, b"{}") for role in roles}


SNAPSHOT = metadata.parse_snapshot(
    publisher.snapshot(
        1,
        {
            role: role.encode()
            for role in (
                "root",
                "targets",
                "targets/a",
                "targets/a/b",
                "targets/c",
                "other",
            )
        },
    )
)


@pytest.mark.parametrize(
    ("uploaded", "loaded"),
    [
        (["snapshot"], ["root"]),
        (["root", "snapshot"], ["root"]),
        (["targets", "snapshot"], ["root"]),
        (["targets/a", "snapshot"], ["root", "targets"]),
        (["targets/a", "targets", "snapshot"], ["root"]),
        (["targets/a/b", "snapshot"], ["root", "targets", "targets/a"]),
        (["targets/x/y/z", "snapshot"], ["root", "targets"]),
        ([], ["root", "targets", "targets/a"]),
        (["targets"], ["root", "targets/a"]),
        (["targets/c/d"], ["root", "targets", "targets/a", "targets/c"]),
    ],
)
def test_only_the_files_that_the_checks_need_are_loaded(uploaded, loaded):
    wanted = files_to_load(_uploads(*uploaded), SNAPSHOT)
    assert wanted == {role: SNAPSHOT.meta[role].sha256 for role in loaded}


def test_nothing_is_loaded_of_a_new_gun():
    assert files_to_load(_uploads("root", "targets/a"), None) == {}


def _listing(**listed: bytes):
    signed = publisher.snapshot(2, {"root": b"root", "targets": b"targets", **listed})
    return {"snapshot": parse_upload("snapshot", sign(signed))}


def test_only_hashes_that_are_new_and_not_uploaded_are_looked_for():
    uploads = _listing(**{"targets/a": b"new", "targets/x": b"x", "targets/y": b"y"})
    uploads |= _uploads("targets/y")
    assert hashes_to_find(uploads, SNAPSHOT) == {
        "targets/a": digest(b"new"),
        "targets/x": digest(b"x"),
    }


def test_all_hashes_of_a_first_snapshot_are_looked_for():
    assert hashes_to_find(_listing(), None).keys() == {"root", "targets"}


@pytest.mark.parametrize("data", [b"{}", b"{}x", b'{"signed":{"_type":"Root"}}'])
def test_no_hashes_are_looked_for_without_a_readable_snapshot(data):
    assert hashes_to_find({"snapshot": parse_upload("snapshot", data)}, None) == {}
    assert hashes_to_find({}, SNAPSHOT) == {}
