"""Valid role files of every kind, and the same with one member changed."""

import base64
import copy

import pytest

from notary.tuf import metadata
from notary.tuf.errors import InvalidMetadata
from tests import publisher
from tests.publisher import ecdsa_key, ed25519_key

ABSENT = object()
ONE, TWO = ecdsa_key(), ed25519_key()
HASH = base64.b64encode(b"\0" * 32).decode()
OWNER = publisher.Publisher("gun", ONE.public, TWO.public)
UNKNOWN = "f" * 64
VALID = {
    "root": OWNER.root(),
    "targets": publisher.targets(
        listed=[ONE], delegations=[publisher.delegation("targets/a", ONE)]
    ),
    "targets/a": publisher.targets(
        listed=[ONE], delegations=[publisher.delegation("targets/a/b", ONE)]
    ),
    "snapshot": publisher.snapshot(1, {"root": b"r", "targets": b"t"}),
    "timestamp": {
        **publisher.snapshot(1, {"snapshot": b"s"}),
        "_type": "Timestamp",
    },
}


def parse(role: str, signed: object):
    if role.startswith("targets"):
        return metadata.parse_targets(role, signed)
    return getattr(metadata, f"parse_{role}")(signed)


def changed(role: str, path: str, value: object) -> object:
    """Return a valid ``signed`` with one member replaced or removed.

    In the path, ``ONE`` is the id of that key: names of tests must not change.
    """
    signed = copy.deepcopy(VALID[role])
    names = [ONE.key_id if name == "ONE" else name for name in path.split(".")]
    *above, last = (int(x) if x.isdigit() else x for x in names)
    place = signed
    for name in above:
        place = place[name]
    if value is ABSENT:
        del place[last]
    else:
        place[last] = value
    return signed


def refusal(role: str, signed: object) -> str:
    with pytest.raises(InvalidMetadata) as caught:
        parse(role, signed)
    return str(caught.value)
