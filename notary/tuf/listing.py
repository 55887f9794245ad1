"""What a snapshot made by the server lists."""

from collections.abc import Callable, Collection, Mapping
from functools import cache

from notary.tuf import names
from notary.tuf.envelope import Upload
from notary.tuf.errors import InvalidMetadata
from notary.tuf.filemeta import FileMeta
from notary.tuf.repository import Current, RoleFile


def snapshot_meta(
    current: Current, uploaded: Mapping[str, Upload]
) -> dict[str, FileMeta]:
    """Return the current listing with the uploaded files put in their places.

    Digests are those of the stored bytes. Delegations that no file at hand delegates
    to any more are left out, and all below them too.
    """
    meta = {} if current.snapshot is None else dict(current.snapshot.meta)
    meta.update({role: upload.meta for role, upload in uploaded.items()})
    files: dict[str, Upload | RoleFile] = {**current.files, **uploaded}
    below = cache(lambda role: _delegations(files.get(role)))
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


def _delegations(file: Upload | RoleFile | None) -> Collection[str] | None:
    """Return the names that a file delegates to, or ``None`` if it is unreadable."""
    if file is None:
        return None
    try:
        return file.targets.delegations
    except InvalidMetadata:
        return None
