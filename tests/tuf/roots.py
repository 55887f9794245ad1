"""Roots with any keys, signed by any others, and the words they are refused with."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from notary.tuf import metadata, trust
from notary.tuf.envelope import parse_stored
from notary.tuf.errors import InvalidMetadata
from notary.tuf.metadata import Root
from tests import publisher
from tests.publisher import NOW, Key

GUN = "docker.io/library/app"
TARGETS_KEY, SNAPSHOT_KEY, TIMESTAMP_KEY = (publisher.ed25519_key() for _ in range(3))
DAY = timedelta(days=1)
NO_LEAF = (
    "could not validate the path to a trusted root: "
    "unable to retrieve valid leaf certificates"
)
NOT_SIGNED = (
    "could not validate the path to a trusted root: "
    "failed to validate integrity of roots"
)


def signed_root(*root_keys: Key, threshold: int = 1, **members: object):
    """Return the ``signed`` of a root with these root keys."""
    roles = {
        "root": publisher.role(*root_keys, threshold=threshold),
        "targets": publisher.role(TARGETS_KEY),
        "snapshot": publisher.role(SNAPSHOT_KEY),
        "timestamp": publisher.role(TIMESTAMP_KEY),
    }
    others = (TARGETS_KEY, SNAPSHOT_KEY, TIMESTAMP_KEY)
    return {
        "_type": "Root",
        "consistent_snapshot": False,
        "expires": publisher.FAR,
        "keys": publisher.key_map(*root_keys, *others),
        "roles": roles,
        "version": 1,
        **members,
    }


def check(signed, by: Sequence[Key], previous: Root | None = None) -> None:
    envelope = parse_stored(publisher.sign(signed, *by))
    root = metadata.parse_root(envelope.signed)
    trust.check_root(root, envelope, previous, GUN, NOW)


def refusal(signed, by: Sequence[Key], previous: Root | None = None) -> str:
    with pytest.raises(InvalidMetadata) as caught:
        check(signed, by, previous)
    return str(caught.value)


def accept(*root_keys: Key) -> None:
    """Accept a first root that is signed by all of its keys."""
    check(signed_root(*root_keys, threshold=len(root_keys)), root_keys)


def first_refusal(key: Key) -> str:
    return refusal(signed_root(key), [key])
