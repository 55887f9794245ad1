"""Uploads to a repository, signed by its owner."""

from notary.tuf import repository
from tests import publisher
from tests.publisher import Key, delegation, sign, targets
from tests.tuf.stored import Stored


def unpublished(
    *, server_signs_snapshot: bool = False
) -> tuple[Stored, dict[str, bytes]]:
    """Return an unpublished repository and its first publish."""
    stored = Stored(server_signs_snapshot)
    return stored, stored.owner.first_publish()


def next_root(stored: Stored, version: int = 2, **members: object) -> bytes:
    return sign(stored.owner.root(version, **members), stored.owner.root_key)


def new_targets(stored: Stored, version: int = 2, **members: object) -> bytes:
    return sign(targets(version, **members), stored.owner.targets_key)


def with_snapshot(stored: Stored, files: dict[str, bytes], version: int = 2):
    """Add a snapshot by the owner over these files and all that is stored."""
    meta = dict(publisher.snapshot(version, files)["meta"])
    listed = repository.read_snapshot(stored.snapshot).meta
    others = {role: item.as_json() for role, item in listed.items()}
    signed = publisher.snapshot(version, {}, meta={**others, **meta})
    return {**files, "snapshot": sign(signed, stored.owner.own_snapshot_key)}


def delegating(stored: Stored, key: Key, *names: str, version: int = 2) -> bytes:
    roles = [delegation(name, key) for name in names]
    return new_targets(stored, version, listed=[key], delegations=roles)


def below(key: Key, *names: str, version: int = 1) -> bytes:
    """Return a delegation's file that delegates further to these names."""
    roles = [delegation(name, key) for name in names]
    return sign(targets(version, listed=[key], delegations=roles), key)
