"""What one file says of another: which digests must fit, and which do not matter."""

import hashlib

import pytest

from notary.tuf.errors import InvalidMetadata
from notary.tuf.filemeta import FileMeta, check_describes, describe, problem

DATA = b"some file"
SHA256, SHA512 = hashlib.sha256(DATA).digest(), hashlib.sha512(DATA).digest()
WRONG = {"sha256": bytes(32), "sha512": bytes(64), "md5": b""}
NOTHING_KNOWN = "no checksums for supported algorithms were provided for targets"


def _said(**hashes: bytes) -> str:
    with pytest.raises(InvalidMetadata) as caught:
        check_describes("targets", FileMeta(hashes, len(DATA)), describe(DATA))
    return str(caught.value)


def test_a_file_is_described_by_two_digests_and_its_length():
    assert describe(DATA) == FileMeta({"sha256": SHA256, "sha512": SHA512}, len(DATA))
    assert describe(DATA).sha256 == SHA256.hex()
    assert list(describe(DATA).as_json()) == ["hashes", "length"]
    assert describe(DATA).as_json()["length"] == len(DATA)


@pytest.mark.parametrize(
    "hashes",
    [
        {"sha256": SHA256},
        {"sha512": SHA512},
        {"sha256": SHA256, "sha512": SHA512},
        {"sha256": SHA256, "md5": b"\0"},
        {"md5": b"\0", "sha512": SHA512, "": b""},
    ],
)
def test_a_file_fits_if_every_digest_that_is_known_does(hashes):
    check_describes("targets", FileMeta(hashes, -1), describe(DATA))


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_file_does_not_fit_if_one_digest_does_not(algorithm):
    hashes = {"sha256": SHA256, "sha512": SHA512, algorithm: WRONG[algorithm]}
    assert _said(**hashes) == (
        f"{algorithm} checksum for targets did not match: "
        f"expected {WRONG[algorithm].hex()}"
    )


def test_of_two_digests_that_do_not_fit_the_first_by_name_is_told():
    assert _said(sha512=WRONG["sha512"], sha256=WRONG["sha256"]).startswith("sha256 ")


@pytest.mark.parametrize("hashes", [{}, {"md5": b"\0"}, {"SHA256": SHA256}])
def test_digests_of_unknown_algorithms_describe_nothing(hashes):
    assert _said(**hashes) == NOTHING_KNOWN


def test_no_entry_at_all_describes_nothing():
    with pytest.raises(InvalidMetadata, match=NOTHING_KNOWN):
        check_describes("targets", None, describe(DATA))


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_sha256_has_32_bytes(length):
    assert problem("root", FileMeta({"sha256": SHA256}, 0)) == ""
    assert problem("root", FileMeta({"sha256": b"x" * length}, 0)) == (
        "invalid root checksum information, sha256 checksum invalid"
    )


@pytest.mark.parametrize("length", [0, 32, 63, 65])
def test_a_sha512_has_64_bytes_if_it_is_there(length):
    assert problem("root", FileMeta({"sha256": SHA256, "sha512": SHA512}, 0)) == ""
    assert problem(
        "root", FileMeta({"sha256": SHA256, "sha512": b"x" * length}, 0)
    ) == ("invalid root checksum information, sha512 checksum invalid")


def test_the_digests_do_not_show_in_the_repr():
    assert SHA256.hex() not in repr(describe(DATA))
    assert repr(SHA256) not in repr(describe(DATA))
