"""What a snapshot made by the server lists."""

from collections.abc import Callable, Collection, Mapping
from functools import cache

from notary.tuf import names, repository
from notary.tuf.errors import InvalidMetadata
from notary.tuf.filemeta import FileMeta, describe
from notary.tuf.repository import Current


def snapshot_meta(
    current: Current, uploaded: Mapping[str, bytes]
) -> dict[str, FileMeta]:
    """Return the current listing with the uploaded files put in their places.

    Digests are those of the stored bytes. Delegations that no file at hand delegates
    to any more are left out, and all below them too.
    """
    meta = {} if current.snapshot is None else dict(current.snapshot.meta)
    meta.update({role: describe(data) for role, data in uploaded.items()})
    files = {**current.files, **uploaded}
    below = cache(lambda role: _delegations(role, files.get(role)))
    kept: dict[str, FileMeta] = {}
    for role in sorted(meta, key=names.parents_first):
        if role in (names.ROOT, names.TARGETS) or _is_delegated(role, kept, below):
            kept[role] = meta[role]
    return kept


def _is_delegated(
    role: str,
    kept: Mapping[str, FileMeta],
    below: Callable[[str], Collection[str] | None],
) -> bool:
    parent = names.parent(role)
    if not names.is_delegation(role) or parent not in kept:
        return False
    listed = below(parent)
    # What an unreadable parent delegates to is not for us to forget.
    return listed is None or role in listed


def _delegations(role: str, data: bytes | None) -> Collection[str] | None:
    """Return the names that a file delegates to, or ``None`` if it is unreadable."""
    if data is None:
        return None
    try:
        return repository.read_targets(role, data).delegations
    except InvalidMetadata:
        return None
