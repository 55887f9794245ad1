"""Hostile input: whatever is uploaded or stored, only our own errors come out.

Files recorded from real clients are broken in every way that hypothesis finds, and
the cost of large files is counted in function calls instead of being timed.
"""

import base64
import contextlib
import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from notary.tuf import certificates, filemeta, listing, metadata, moment, repository
from notary.tuf.envelope import parse_stored, parse_upload
from notary.tuf.errors import InvalidUpdate, TUFError
from notary.tuf.repository import Current, RoleFile, files_to_load, hashes_to_find
from notary.tuf.update import check_update
from tests import publisher, recorded
from tests.publisher import NOW, certificate, delegation, ecdsa_key, sign, targets
from tests.tuf import crafted
from tests.tuf.stored import GUN, Stored, published

# Hostile certificates make the cryptography library warn, rightly.
pytestmark = pytest.mark.filterwarnings("ignore")

RECORDED = [
    path.read_bytes()
    for path in sorted(recorded.DATA.glob("histories/*/blob/*.json"))
    if path.read_bytes().startswith(b'{"signed":')
]
KEY = ecdsa_key()
OWN = [
    sign(Stored().owner.root(), KEY),
    sign(targets(listed=[KEY], delegations=[delegation("targets/a", KEY)]), KEY),
    sign(publisher.snapshot(1, {"root": b"r", "targets": b"t"}), KEY),
]
ROLES = ["root", "targets", "targets/a", "targets/a/b", "snapshot", "timestamp"]
READERS: list[Callable[[bytes], object]] = [
    parse_stored,
    repository.read_root,
    lambda data: repository.read_targets("targets", data),
    lambda data: repository.read_targets("targets/a", data),
    repository.read_snapshot,
    repository.read_timestamp,
    certificates.parse_bundle,
]
LEAF = certificate(KEY.private, GUN)
AUTHORITY = certificate(KEY.private, "ca", is_ca=True)
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["targets/a", "AAAA", "2030-01-02T03:04:05Z", "Root", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["keys", "roles", "hashes", "name", "keyids", "threshold"])
            | st.text(max_size=8),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
FILES = st.sampled_from(RECORDED + OWN)


@st.composite
def flipped(draw, originals=FILES) -> bytes:
    """Bytes with a few bits flipped."""
    data = bytearray(draw(originals))
    for _ in range(draw(st.integers(1, 4))):
        data[draw(st.integers(0, len(data) - 1))] ^= 1 << draw(st.integers(0, 7))
    return bytes(data)


@st.composite
def cut(draw) -> bytes:
    """A file from which a piece is missing, or in which one stands twice."""
    data = draw(FILES)
    first, second = (draw(st.integers(0, len(data))) for _ in range(2))
    return data[:first] + data[second:]


@st.composite
def swapped(draw) -> bytes:
    """A file with one JSON value replaced by any other."""
    document = json.loads(draw(FILES))
    place, name = draw(st.sampled_from(_places(document)))
    place[name] = draw(JSON_VALUES)
    return json.dumps(document).encode()


@st.composite
def spliced(draw) -> bytes:
    """A root whose keys are broken certificates, each listed under its right id."""
    plain = ecdsa_key()
    pem = draw(broken_certificates())
    key = crafted.with_public(plain, pem, draw(st.sampled_from(["ecdsa-x509", "rsa"])))
    owner = Stored().owner
    owner.root_key = key
    return sign(owner.root(), key)


@st.composite
def broken_certificates(draw) -> bytes:
    """PEM of certificates with flipped bits in their DER."""
    der = draw(flipped(st.sampled_from([crafted.der(LEAF), crafted.der(AUTHORITY)])))
    others = draw(st.lists(st.sampled_from([LEAF, AUTHORITY]), max_size=2))
    bundle = [crafted.pem(der), *(item.public_bytes(Encoding.PEM) for item in others)]
    return b"".join(draw(st.permutations(bundle)))


HOSTILE = st.binary() | FILES | flipped() | cut() | swapped() | spliced()


def _places(document: object) -> list[tuple[object, object]]:
    """Return every container of a JSON document with every index into it."""
    if isinstance(document, dict):
        names = list(document)
    elif isinstance(document, list):
        names = list(range(len(document)))
    else:
        return []
    found: list[tuple[object, object]] = [(document, name) for name in names]
    for name in names:
        found += _places(document[name])
    return found


@given(st.sampled_from(ROLES), HOSTILE)
@settings(max_examples=500)
def test_any_upload_is_read_or_refused_by_an_error_of_ours(role, data):
    with contextlib.suppress(TUFError):
        upload = parse_upload(role, data)
        assert upload.data == data


@given(st.sampled_from(READERS), HOSTILE)
@settings(max_examples=500)
def test_any_stored_file_is_read_or_refused_by_an_error_of_ours(reader, data):
    with contextlib.suppress(TUFError):
        reader(data)


@given(broken_certificates() | st.binary())
@settings(max_examples=400)
def test_any_certificate_is_judged_or_refused_by_an_error_of_ours(pem):
    with contextlib.suppress(TUFError):
        for item in certificates.parse_bundle(pem):
            certificates.names_gun(item, GUN)
            certificates.is_ca(item)
            certificates.check_strength(item)
            certificates.is_in_force(item, NOW)
            certificates.public_der(item)


def _stored(*, server_signs_snapshot: bool) -> Stored:
    """Return a repository with a delegation in which hostile uploads end up."""
    stored = published(server_signs_snapshot=server_signs_snapshot)
    signed = targets(2, listed=[KEY], delegations=[delegation("targets/a", KEY)])
    files = {"targets": sign(signed, stored.owner.targets_key)}
    files["targets/a"] = sign(targets(), KEY)
    if not server_signs_snapshot:
        snapshot = publisher.snapshot(
            2, {"root": stored.by_hash[stored.listed()["root"]], **files}
        )
        files["snapshot"] = sign(snapshot, stored.owner.own_snapshot_key)
    stored.publish(files)
    return stored


REPOSITORIES = [
    Stored(),
    _stored(server_signs_snapshot=False),
    _stored(server_signs_snapshot=True),
]


@given(
    st.sampled_from(REPOSITORIES),
    st.dictionaries(st.sampled_from(ROLES), HOSTILE, max_size=4),
    st.booleans(),
)
@settings(max_examples=500)
def test_any_update_is_accepted_or_refused_by_an_error_of_ours(
    stored, files, with_root
):
    if with_root and stored is REPOSITORIES[0]:
        files = {**stored.owner.first_publish(), **files}
    with contextlib.suppress(TUFError):
        accepted = stored.check(files)
        accepted.next_timestamp(accepted.next_snapshot().payload)


@given(st.data())
@settings(max_examples=200)
def test_an_update_over_hostile_stored_files_is_refused_by_an_error_of_ours(data):
    stored = REPOSITORIES[2]
    role = data.draw(st.sampled_from(["root", "targets", "targets/a"]))
    hostile = data.draw(HOSTILE)
    uploads = {"targets/a": parse_upload("targets/a", sign(targets(2), KEY))}
    current = stored.current(uploads)
    files = {**current.files, role: RoleFile(role, hostile)}
    rotten = Current(current.timestamp, current.snapshot, files)
    with contextlib.suppress(TUFError):
        accepted = check_update(GUN, rotten, set(), uploads, NOW)
        accepted.next_snapshot()


@given(swapped())
@settings(max_examples=200)
def test_a_hostile_snapshot_never_hides_the_hashes_it_points_to(data):
    with contextlib.suppress(TUFError):
        uploads = {"snapshot": parse_upload("snapshot", data)}
        wanted = hashes_to_find(uploads, None)
        listed = repository.read_snapshot(data).meta
        assert wanted == {role: item.sha256 for role, item in listed.items()}


@given(st.dictionaries(st.sampled_from(ROLES), swapped(), min_size=1, max_size=2))
@settings(max_examples=200)
def test_messages_fit_into_the_answer_that_clients_read(files):
    message = ""
    try:
        REPOSITORIES[2].check(files)
    except InvalidUpdate as error:
        message = error.message
    except TUFError:
        pass
    assert len(message) < 700


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
