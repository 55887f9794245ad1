"""What a snapshot made by the server lists."""

from collections.abc import Mapping

from notary.tuf import names, repository
from notary.tuf.errors import InvalidMetadata
from notary.tuf.filemeta import FileMeta, describe
from notary.tuf.metadata import Targets
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
    kept: dict[str, FileMeta] = {}
    for role in sorted(meta, key=names.parents_first):
        if role in (names.ROOT, names.TARGETS) or _is_delegated(role, kept, files):
            kept[role] = meta[role]
    return kept


def _is_delegated(
    role: str, kept: Mapping[str, FileMeta], files: Mapping[str, bytes]
) -> bool:
    parent = names.parent(role)
    if not names.is_delegation(role) or parent not in kept:
        return False
    targets = _read(parent, files.get(parent))
    # What an unreadable parent delegates to is not for us to forget.
    return targets is None or targets.delegation(role) is not None


def _read(role: str, data: bytes | None) -> Targets | None:
    if data is None:
        return None
    try:
        return repository.read_targets(role, data)
    except InvalidMetadata:
        return None
