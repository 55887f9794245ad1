"""Snapshots and timestamps: the digests of what they must list."""

import base64

import pytest

from tests.tuf.changed import ABSENT, HASH, changed, parse, refusal

HASH_512 = base64.b64encode(b"\0" * 64).decode()
LISTED = [("snapshot", "root"), ("snapshot", "targets"), ("timestamp", "snapshot")]


@pytest.mark.parametrize(("role", "listed"), LISTED)
@pytest.mark.parametrize(
    "entry", [ABSENT, None, {}, {"hashes": {}}, {"hashes": {"sha512": HASH_512}}]
)
def test_a_listing_gives_the_sha256_of_what_it_must_list(role, listed, entry):
    assert refusal(role, changed(role, f"meta.{listed}", entry)) == (
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
    assert refusal(role, changed(role, f"meta.{listed}", entry)) == (
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
    assert parse(role, changed(role, f"meta.{listed}", entry))


@pytest.mark.parametrize("entry", [None, {}, {"hashes": {"sha256": "AA=="}}])
def test_other_entries_of_a_listing_are_not_judged(entry):
    assert parse("snapshot", changed("snapshot", "meta.targets/a", entry))
