"""Files of real clients, and strategies that break them in every way."""

import json
from collections.abc import Callable

from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import strategies as st

from notary.tuf import certificates, repository
from notary.tuf.envelope import parse_stored
from tests import publisher, recorded
from tests.publisher import certificate, delegation, ecdsa_key, sign, targets
from tests.tuf import crafted
from tests.tuf.stored import GUN, Stored

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
    place, name = draw(st.sampled_from(places(document)))
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


def places(document: object) -> list[tuple[object, object]]:
    """Return every container of a JSON document with every index into it."""
    if isinstance(document, dict):
        names = list(document)
    elif isinstance(document, list):
        names = list(range(len(document)))
    else:
        return []
    found: list[tuple[object, object]] = [(document, name) for name in names]
    for name in names:
        found += places(document[name])
    return found
