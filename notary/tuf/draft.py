"""Files that the server makes: the next timestamp and, if it holds the key, snapshot.

A draft says what is to be signed and by which keys; signing is left to the signing
service, so that the private keys can be elsewhere.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property

from attrs import field, frozen

from notary.tuf import canonical, moment, names
from notary.tuf.envelope import serialise
from notary.tuf.errors import InvalidMetadata
from notary.tuf.filemeta import FileMeta, describe
from notary.tuf.metadata import MAX_VERSION, Snapshot, Timestamp
from notary.tuf.signatures import RoleKeys, Signature

TIMESTAMP_LIFE = timedelta(days=14)
SNAPSHOT_LIFE = timedelta(days=3 * 365)


@frozen
class Draft:
    """A file that lacks only its signatures; ``signers`` are the keys of its role."""

    signers: RoleKeys
    version: int
    signed: Mapping[str, object] = field(repr=False)

    @cached_property
    def payload(self) -> bytes:
        """The canonical bytes to be signed."""
        return canonical.encode(self.signed)

    def signed_with(self, signatures: Sequence[Signature]) -> bytes:
        """Return the finished file."""
        return serialise(self.signed, tuple(signatures))


def next_timestamp(
    signers: RoleKeys, previous: Timestamp | None, snapshot: bytes, now: datetime
) -> Draft:
    """Return the timestamp that points to this snapshot file."""
    meta = {names.SNAPSHOT: describe(snapshot).as_json()}
    version = 1 if previous is None else previous.version + 1
    return _draft(signers, "Timestamp", version, now + TIMESTAMP_LIFE, meta)


def next_snapshot(
    signers: RoleKeys,
    previous: Snapshot | None,
    meta: Mapping[str, FileMeta],
    now: datetime,
) -> Draft:
    """Return the snapshot that lists these files.

    Raise ``InvalidMetadata`` if there is no version left for it.
    """
    version = 1 if previous is None else previous.version + 1
    listed = {role: entry.as_json() for role, entry in meta.items()}
    return _draft(signers, "Snapshot", version, now + SNAPSHOT_LIFE, listed)


def _draft(
    signers: RoleKeys,
    file_type: str,
    version: int,
    expires: datetime,
    meta: Mapping[str, object],
) -> Draft:
    if version > MAX_VERSION:
        # A publisher may have used them all up before handing the role to the server.
        raise InvalidMetadata(f"{file_type} has no version after {MAX_VERSION}")
    signed = {
        "_type": file_type,
        "expires": moment.rfc3339(expires),
        "meta": meta,
        "version": version,
    }
    return Draft(signers, version, signed)
