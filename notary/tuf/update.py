"""Decide on an upload: what to store and what to sign, or why it is refused.

The rules, in this order:

1. A root is stored or uploaded. An uploaded one keeps or increments the version by
   one and passes ``notary.tuf.trust``.
2. Uploaded targets are signed as the (new) root says.
3. Each uploaded delegation, parents first, is listed by its parent and signed as
   that says.
4. An uploaded snapshot is signed as the root says, lists exactly the files at hand,
   and lists no other hash that nobody has.
5. Without an uploaded snapshot the server makes the next one; it always makes the
   next timestamp.

Every uploaded file has the right structure and has not expired. I/O is not handled
here, and neither is the race with other publishers: the store decides that.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from attrs import frozen

from notary.tuf import draft, filemeta, metadata, moment, names
from notary.tuf.delegations import TargetsTree
from notary.tuf.draft import Draft
from notary.tuf.envelope import Upload
from notary.tuf.errors import InvalidMetadata, InvalidUpdate
from notary.tuf.listing import snapshot_meta
from notary.tuf.metadata import Root, Snapshot, check_expiry
from notary.tuf.repository import Current, RoleFile
from notary.tuf.trust import check_root

MAX_SIGNATURES = 2000
"""Of one upload: ten on each of two hundred files, each of which may be verified."""

BAD_ROOT = "ErrBadRoot"
BAD_TARGETS = "ErrBadTargets"
BAD_SNAPSHOT = "ErrBadSnapshot"
BAD_HIERARCHY = "ErrBadHierarchy"
INVALID = "ErrValidation"
UNREADABLE = ""


@frozen
class Update:
    """An accepted upload: the files to store as they are, and those to make.

    ``uploaded`` is in the order in which it is stored: the snapshot last.
    """

    uploaded: tuple[Upload, ...]
    root: Root
    current: Current
    now: datetime
    has_targets: bool

    @property
    def has_snapshot(self) -> bool:
        """Whether the publisher made the snapshot; the server does otherwise."""
        return any(item.role == names.SNAPSHOT for item in self.uploaded)

    def next_snapshot(self) -> Draft:
        """Return the snapshot to sign; raise ``InvalidUpdate`` if there is none."""
        if self.current.snapshot is None and not self.has_targets:
            raise InvalidUpdate(INVALID, f"{names.TARGETS} must be loaded first")
        signers = self.root.roles[names.SNAPSHOT]
        if len(signers.keys) < signers.threshold:
            raise snapshot_needed()
        files = {item.role: item for item in self.uploaded}
        meta = snapshot_meta(self.current, files)
        with _refusing(BAD_SNAPSHOT):
            return draft.next_snapshot(signers, self.current.snapshot, meta, self.now)

    def next_timestamp(self, snapshot: bytes) -> Draft:
        """Return the timestamp to be signed; raise ``InvalidUpdate`` if no key can."""
        signers = self.root.roles[names.TIMESTAMP]
        if len(signers.keys) < signers.threshold:
            raise timestamp_key_needed()
        return draft.next_timestamp(signers, self.current.timestamp, snapshot, self.now)


def check_update(
    gun: str,
    current: Current,
    found: set[str],
    uploads: Mapping[str, Upload],
    now: datetime,
) -> Update:
    """Accept the uploads or raise ``InvalidUpdate`` naming the first rule they break.

    ``found`` holds those roles of ``repository.hashes_to_find`` whose file is stored.
    """
    previous = _stored_root(current)
    uploads = {role: up for role, up in uploads.items() if role != names.TIMESTAMP}
    _check_count(uploads.values())
    root = _root(gun, uploads.get(names.ROOT), previous, now)
    tree = TargetsTree(root)
    loaded = _check_targets(tree, current, uploads, now)
    if names.SNAPSHOT in uploads:
        files: dict[str, Upload | RoleFile] = {**loaded, **uploads}
        with _refusing(BAD_SNAPSHOT):
            snapshot = _check_snapshot(root, uploads[names.SNAPSHOT], files, now)
            _check_no_dead_ends(snapshot, files, current.snapshot, found)
    in_order = sorted(uploads, key=lambda role: (role == names.SNAPSHOT, role))
    uploaded = tuple(uploads[role] for role in in_order)
    return Update(uploaded, root, current, now, names.TARGETS in tree)


def snapshot_needed() -> InvalidUpdate:
    """Return the error for a snapshot that only the publisher can sign."""
    return InvalidUpdate(
        BAD_HIERARCHY,
        "no snapshot was included in update and server does not hold current "
        "snapshot key for repository",
        missing=names.SNAPSHOT,
    )


def timestamp_key_needed() -> InvalidUpdate:
    """Return the error for a root whose timestamp keys are not the server's."""
    # The two spaces are the Go server's.
    return InvalidUpdate(BAD_ROOT, "no  timestamp keys exist on the server")


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Turn a broken rule into the client's class of error."""
    try:
        yield
    except InvalidMetadata as error:
        raise InvalidUpdate(name, str(error), because=error.because) from None


def _check_count(uploads: Iterable[Upload]) -> None:
    envelopes = [each.envelope for each in uploads if each.envelope is not None]
    if sum(len(each.signatures) for each in envelopes) > MAX_SIGNATURES:
        raise InvalidUpdate(
            INVALID, f"there are more than {MAX_SIGNATURES} signatures in one upload"
        )


def _stored_root(current: Current) -> Root | None:
    file = current.files.get(names.ROOT)
    if file is None:
        return None
    with _refusing(UNREADABLE):
        return file.root


def _root(
    gun: str, upload: Upload | None, previous: Root | None, now: datetime
) -> Root:
    """Return the root that counts from now on."""
    if upload is not None:
        with _refusing(BAD_ROOT):
            return _check_root(gun, upload, previous, now)
    if previous is None:
        raise InvalidUpdate(
            INVALID, "no pre-existing root and no root provided in update."
        )
    return previous


def _check_root(gun: str, upload: Upload, previous: Root | None, now: datetime) -> Root:
    envelope = upload.opened()
    version = 1 if previous is None else previous.version
    if upload.version not in (version, version + 1):
        raise InvalidMetadata(
            "Root modifications must increment the version. "
            f"Current {version}, new {upload.version}"
        )
    root = metadata.parse_root(envelope.signed)
    check_root(root, envelope, previous, gun, now)
    return root


def _check_targets(
    tree: TargetsTree,
    current: Current,
    uploads: Mapping[str, Upload],
    now: datetime,
) -> dict[str, RoleFile]:
    """Check uploaded targets files, parents first; return the stored files used."""
    loaded = {}
    if names.ROOT in current.files:
        loaded[names.ROOT] = current.files[names.ROOT]
    uploaded = (role for role in uploads if names.is_targets_file(role))
    for role in sorted(uploaded, key=names.parents_first):
        with _refusing(BAD_TARGETS):
            for above in names.ancestors(role):
                if above not in tree and above in current.files:
                    loaded[above] = current.files[above]
                    tree.add(above, loaded[above], None)
            tree.add(role, uploads[role], moment.of(now))
    return loaded


def _check_snapshot(
    root: Root,
    upload: Upload,
    files: Mapping[str, Upload | RoleFile],
    now: datetime,
) -> Snapshot:
    upload.verify(root.roles[names.SNAPSHOT])
    snapshot = upload.snapshot
    check_expiry(names.SNAPSHOT, snapshot.expires, moment.of(now))
    for role in sorted(files, key=names.parents_first):
        if role != names.SNAPSHOT:
            listed = snapshot.meta.get(role)
            filemeta.check_describes(role, listed, files[role].meta)
    return snapshot


def _check_no_dead_ends(
    snapshot: Snapshot,
    files: Collection[str],
    current: Snapshot | None,
    found: set[str],
) -> None:
    """Refuse a snapshot that newly lists a file which is neither here nor stored."""
    known = {} if current is None else current.meta
    for role, meta in snapshot.meta.items():
        kept = role in known and known[role].sha256 == meta.sha256
        if role not in files and role not in found and not kept:
            raise InvalidMetadata(
                f"the file listed for {role[:300]} is neither uploaded nor stored: "
                f"sha256 {meta.sha256[:64]}"
            )
