"""What of a repository is stored, as far as an update must know it."""

from collections.abc import Mapping
from functools import cached_property

from attrs import define, field, frozen

from notary.tuf import envelope, filemeta, metadata, names
from notary.tuf.envelope import Upload
from notary.tuf.errors import InvalidMetadata
from notary.tuf.filemeta import FileMeta
from notary.tuf.metadata import Root, Snapshot, Targets, Timestamp
from notary.tuf.signatures import RoleKeys


@define(eq=False)
class RoleFile:
    """A stored file: whatever it is asked for is made of its bytes at most once.

    It may be kept for long and serve many updates; what takes much memory, such as the
    decoded JSON, is therefore not kept. Meanings raise ``InvalidMetadata``.
    """

    role: str
    data: bytes = field(repr=False)
    _verified: RoleKeys | None = field(default=None, init=False, repr=False)

    @cached_property
    def meta(self) -> FileMeta:
        """The digests and the length of the file."""
        return filemeta.describe(self.data)

    @cached_property
    def root(self) -> Root:
        """What it means as a root."""
        return read_root(self.data)

    @cached_property
    def targets(self) -> Targets:
        """What it means as targets or a delegation."""
        return read_targets(self.role, self.data)

    @cached_property
    def snapshot(self) -> Snapshot:
        """What it means as a snapshot."""
        return read_snapshot(self.data)

    @cached_property
    def timestamp(self) -> Timestamp:
        """What it means as a timestamp."""
        return read_timestamp(self.data)

    def verify(self, role: RoleKeys) -> None:
        """Accept if enough keys of the role signed; raise ``InvalidMetadata``."""
        if self._verified != role:
            envelope.parse_stored(self.data).verify(role)
            self._verified = role


@frozen
class Current:
    """The current files of one GUN: those that the newest timestamp leads to.

    ``files`` holds the root and the asked-for targets and delegation files by role; a
    role that is missing there is not stored.
    """

    timestamp: Timestamp | None = None
    snapshot: Snapshot | None = None
    files: Mapping[str, RoleFile] = field(factory=dict, repr=False)


def read_root(data: bytes) -> Root:
    """Read a stored root; raise ``InvalidMetadata``."""
    return metadata.parse_root(envelope.parse_stored(data).signed)


def read_targets(role: str, data: bytes) -> Targets:
    """Read stored targets or a stored delegation; raise ``InvalidMetadata``."""
    return metadata.parse_targets(role, envelope.parse_stored(data).signed)


def read_snapshot(data: bytes) -> Snapshot:
    """Read a stored snapshot; raise ``InvalidMetadata``."""
    return metadata.parse_snapshot(envelope.parse_stored(data).signed)


def read_timestamp(data: bytes) -> Timestamp:
    """Read a stored timestamp; raise ``InvalidMetadata``."""
    return metadata.parse_timestamp(envelope.parse_stored(data).signed)


def files_to_load(
    uploads: Mapping[str, Upload], snapshot: Snapshot | None
) -> dict[str, str]:
    """Return the sha256 of each stored file that checking the uploads will need.

    These are the root, the ancestors of uploaded delegations, and, when the server is
    to make the snapshot, all files that delegate to a listed delegation.
    """
    if snapshot is None:
        return {}
    children = [role for role in uploads if names.is_delegation(role)]
    if names.SNAPSHOT not in uploads:
        children += [role for role in snapshot.meta if names.is_delegation(role)]
    wanted = {parent for role in children for parent in names.ancestors(role)}
    wanted = (wanted - uploads.keys()) | {names.ROOT}
    return {role: meta.sha256 for role, meta in snapshot.meta.items() if role in wanted}


def hashes_to_find(
    uploads: Mapping[str, Upload], current: Snapshot | None
) -> dict[str, str]:
    """Return the sha256 of each role that an uploaded snapshot newly points to.

    Roles uploaded together with it are left out, and so are entries taken over
    unchanged: what they point to is not made worse by this update.
    """
    upload = uploads.get(names.SNAPSHOT)
    if upload is None:
        return {}
    try:
        listed = upload.snapshot.meta
    except InvalidMetadata:
        return {}
    known = {} if current is None else current.meta
    return {
        role: meta.sha256
        for role, meta in listed.items()
        if role not in uploads
        and not (role in known and known[role].sha256 == meta.sha256)
    }
