"""A repository as the workflows hand it to the core, without any of their I/O."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from attrs import define, field

from notary.tuf import repository
from notary.tuf.envelope import Upload, parse_upload
from notary.tuf.errors import InvalidUpdate
from notary.tuf.repository import Current, RoleFile
from notary.tuf.update import Update, check_update
from tests.publisher import NOW, Key, Publisher, ecdsa_key, ed25519_key

GUN = "docker.io/library/app"


def digest(data: bytes) -> str:
    """Return the sha256 under which a file is stored."""
    return hashlib.sha256(data).hexdigest()


@define
class Stored:
    """One repository: the files stored so far, and the server's online keys."""

    server_signs_snapshot: bool = False
    by_hash: dict[str, bytes] = field(factory=dict)
    snapshot: bytes | None = None
    timestamp: bytes | None = None
    timestamp_key: Key = field(factory=ecdsa_key)
    online_key: Key = field(factory=ed25519_key)
    owner: Publisher = field()

    @owner.default
    def _owner(self) -> Publisher:
        online = self.online_key.public if self.server_signs_snapshot else None
        return Publisher(GUN, self.timestamp_key.public, online)

    def current(self, uploads: dict[str, Upload]) -> Current:
        """Return what the walk from the timestamp loads for these uploads."""
        if self.timestamp is None or self.snapshot is None:
            return Current()
        snapshot = repository.read_snapshot(self.snapshot)
        wanted = repository.files_to_load(uploads, snapshot)
        files = {
            role: RoleFile(role, self.by_hash[sha256])
            for role, sha256 in wanted.items()
            if sha256 in self.by_hash
        }
        timestamp = repository.read_timestamp(self.timestamp)
        return Current(timestamp, snapshot, files)

    def check(self, files: dict[str, bytes], now: datetime = NOW) -> Update:
        """Decide on these files as the workflow does."""
        uploads = {role: parse_upload(role, data) for role, data in files.items()}
        current = self.current(uploads)
        hashes = repository.hashes_to_find(uploads, current.snapshot)
        found = {role for role, sha256 in hashes.items() if sha256 in self.by_hash}
        return check_update(GUN, current, found, uploads, now)

    def refusal(self, files: dict[str, bytes]) -> tuple[str, str]:
        """Return the class and the message of the error these files meet."""
        try:
            update = self.check(files)
            snapshot = files.get("snapshot") or self.finish_snapshot(update)
            update.next_timestamp(snapshot)
        except InvalidUpdate as error:
            return error.name, error.message
        raise AssertionError("the update was accepted")

    def publish(self, files: dict[str, bytes], now: datetime = NOW) -> Update:
        """Check these files, make what the server makes, and store everything."""
        update = self.check(files, now)
        self.snapshot = files.get("snapshot") or self.finish_snapshot(update)
        draft = update.next_timestamp(self.snapshot)
        self.timestamp = draft.signed_with([self.timestamp_key.sign(draft.payload)])
        for item in update.uploaded:
            self.by_hash[digest(item.data)] = item.data
        return update

    def finish_snapshot(self, update: Update) -> bytes:
        """Return the snapshot that the server signs."""
        draft = update.next_snapshot()
        return draft.signed_with([self.online_key.sign(draft.payload)])

    def listed(self) -> dict[str, str]:
        """Return what the current snapshot lists: sha256 by role."""
        meta = repository.read_snapshot(self.snapshot or b"").meta
        return {role: item.sha256 for role, item in meta.items()}


def published(
    *, server_signs_snapshot: bool = False, files: Iterable[tuple[str, bytes]] = ()
) -> Stored:
    """Return a repository after its first publish."""
    stored = Stored(server_signs_snapshot)
    stored.publish({**stored.owner.first_publish(), **dict(files)})
    return stored
