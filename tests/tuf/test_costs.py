"""What large files cost: no more than each of their entries.

Function calls are counted; nothing is timed.
"""

import base64
import contextlib
import json
from collections.abc import Callable

import pytest

from notary.tuf import certificates, filemeta, listing, metadata, moment
from notary.tuf.envelope import parse_upload
from notary.tuf.errors import TUFError
from notary.tuf.repository import Current, RoleFile, files_to_load
from notary.tuf.update import check_update
from tests.publisher import NOW, delegation, sign, targets
from tests.tuf import crafted
from tests.tuf.broken import KEY, READERS
from tests.tuf.stored import GUN, Stored

# Hostile certificates make the cryptography library warn, rightly.
pytestmark = pytest.mark.filterwarnings("ignore")


def _grows_linearly(function: Callable[[int], Callable[[], object]]) -> None:
    """Check that ten times the size costs at most about ten times the calls."""
    small, large = (crafted.calls(function(size)) for size in (100, 1000))
    assert large < 12 * small


def _delegated(count: int) -> tuple[dict[str, bytes], Current]:
    """Return many delegations below targets, and targets that list them all."""
    names = [f"targets/d{number}" for number in range(count)]
    roles = [delegation(name, KEY) for name in names]
    files = {"targets": sign(targets(2, listed=[KEY], delegations=roles), KEY)}
    files |= dict.fromkeys(names, sign(targets(), KEY))
    meta = {role: filemeta.describe(data) for role, data in files.items()}
    snapshot = metadata.Snapshot(1, moment.ZERO, meta)
    stored = {"targets": RoleFile("targets", files["targets"])}
    return files, Current(snapshot=snapshot, files=stored)


def test_listing_many_delegations_costs_no_more_than_each_of_them():
    def make(count: int):
        _, current = _delegated(count)
        return lambda: listing.snapshot_meta(current, {})

    _grows_linearly(make)


def test_listing_a_deep_chain_of_delegations_costs_no_more_than_each_of_them():
    names = ["targets" + "/a" * depth for depth in range(1, 120)]
    meta = {role: filemeta.describe(b"") for role in ("root", "targets", *names)}
    snapshot = metadata.Snapshot(1, moment.ZERO, meta)
    wanted = files_to_load({}, snapshot)
    assert len(wanted) == 120
    kept = listing.snapshot_meta(Current(snapshot=snapshot), {})
    assert kept == meta


def test_checking_many_delegations_costs_no_more_than_each_of_them():
    stored = Stored(server_signs_snapshot=True)
    stored.owner.targets_key = KEY
    root = sign(stored.owner.root(), stored.owner.root_key)

    def make(count: int):
        files = {"root": root, **_delegated(count)[0]}
        uploads = {role: parse_upload(role, data) for role, data in files.items()}
        return lambda: check_update(GUN, Current(), set(), uploads, NOW)

    _grows_linearly(make)


@pytest.mark.parametrize(
    "make",
    [
        lambda n: {"keys": {str(i): {} for i in range(n)}},
        lambda n: {"roles": {str(i): {"keyids": ["x"]} for i in range(n)}},
        lambda n: {"roles": {"root": {"keyids": [str(i) for i in range(n)]}}},
        lambda n: {"targets": {str(i): {"hashes": {}} for i in range(n)}},
        lambda n: {"meta": {f"targets/{i}": {"hashes": {}} for i in range(n)}},
        lambda n: {f"x{i}": i for i in range(n)},
        lambda n: {"x": ["\ud800"] * n},
        lambda n: {"x": [1.5] * n},
    ],
)
def test_reading_long_lists_costs_no_more_than_each_of_their_entries(make):
    def read(count: int):
        data = json.dumps({"signed": make(count), "signatures": []}).encode()

        def all_readers() -> None:
            for reader in READERS:
                with contextlib.suppress(TUFError):
                    reader(data)
            parse_upload("root", data)

        return all_readers

    read(10)()
    _grows_linearly(read)


@pytest.mark.parametrize("size", [100_000, 1_000_000])
def test_megabytes_of_base64_of_pem_markers_and_of_brackets_are_read_once(size):
    junk = base64.b64encode(b"-----BEGIN CERTIFICATE" * (size // 22)).decode()
    signed = Stored().owner.root()
    signed["keys"]["x"] = {"keytype": "ecdsa-x509", "keyval": {"public": junk}}
    signed["roles"]["root"]["keyids"] = ["x"]
    stored = Stored()
    name, message = stored.refusal({"root": sign(signed)})
    assert name == "ErrBadRoot"
    assert message == "a public key is larger than 32768 bytes"
    with pytest.raises(TUFError):
        parse_upload("root", b"[" * size)
    with pytest.raises(TUFError):
        certificates.parse_bundle(b"-----BEGIN " * (size // 11))
