"""Signed repositories for reading, and the rows that hold them.

Both servers read the same bytes. Online keys sign nothing here: what is read is
valid for years, so that no server makes another timestamp.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from attrs import field, frozen

from notary.tuf.keys import PublicKey
from tests.mariadb import Place
from tests.publisher import (
    Publisher,
    ecdsa_key,
    meta,
    sign,
    snapshot,
    targets,
    x509_key,
)

FAR = datetime(2036, 11, 19, tzinfo=UTC)
_EXPIRES = "2036-11-19T12:00:00Z"
_INSERT = (
    "INSERT INTO tuf_files"
    " (created_at, updated_at, gun, role, version, data, sha256)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s)"
)
_BATCH = 1000


@frozen
class Repository:
    """The files of one repository, by role."""

    gun: str
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def base(self) -> str:
        """The path in front of the names of its files."""
        return f"/v2/{self.gun}/_trust/tuf"

    def current(self, role: str) -> str:
        """Return the path of the current file of a role."""
        return f"{self.base}/{role}.json"

    def by_checksum(self, role: str) -> str:
        """Return the path of one file for ever."""
        return f"{self.base}/{role}.{sha256(self.files[role]).hexdigest()}.json"


class Author:
    """Signs repositories of any number with one set of keys, as ``notary`` has them."""

    def __init__(self, timestamp_key: PublicKey) -> None:
        self._timestamp_key = timestamp_key
        self._root_key = ecdsa_key()
        self._targets_key = ecdsa_key()
        self._snapshot_key = ecdsa_key()
        self._online = ecdsa_key()

    def owner(self, gun: str) -> Publisher:
        """Return the owner of a repository, whose certificate has its name."""
        began = datetime.now(UTC) - timedelta(hours=1)
        return Publisher(
            gun,
            self._timestamp_key,
            root_key=x509_key(gun, self._root_key, not_before=began, not_after=FAR),
            targets_key=self._targets_key,
            own_snapshot_key=self._snapshot_key,
        )

    def repository(self, gun: str, entries: int = 5) -> Repository:
        """Return a whole repository with so many targets."""
        owner = self.owner(gun)
        root = sign(owner.root(), owner.root_key)
        return self._over(gun, {"root": root, "targets": self.targets(1, entries)})

    def same(self, gun: str, like: Repository) -> Repository:
        """Return one with the same root and targets, but its own current files."""
        files = {role: like.files[role] for role in ("root", "targets")}
        return self._over(gun, files)

    def targets(self, version: int, entries: int = 5) -> bytes:
        """Return a signed targets file; what it lists depends on the version."""
        listed = {
            f"tag-{number}": meta(b"%d %d" % (version, number))
            for number in range(entries)
        }
        signed = targets(version, targets=listed, expires=_EXPIRES)
        return sign(signed, self._targets_key)

    def timestamps(self, like: Repository, versions: Iterable[int]) -> Iterator[bytes]:
        """Yield timestamps of these versions over the same snapshot."""
        for version in versions:
            yield self._timestamp(like.files, version)

    def snapshot(self, version: int, files: Mapping[str, bytes]) -> bytes:
        """Return a signed snapshot of root and targets."""
        return sign(snapshot(version, dict(files)), self._snapshot_key)

    def _over(self, gun: str, files: Mapping[str, bytes]) -> Repository:
        files = {**files, "snapshot": self.snapshot(1, files)}
        return Repository(gun, files | {"timestamp": self._timestamp(files)})

    def _timestamp(self, files: Mapping[str, bytes], version: int = 1) -> bytes:
        signed = {
            "_type": "Timestamp",
            "expires": _EXPIRES,
            "meta": {"snapshot": meta(files["snapshot"])},
            "version": version,
        }
        return sign(signed, self._online)


Row = tuple[str, str, int, bytes]
"""GUN, role, version and bytes of one file."""


def rows(repository: Repository, *roles: str) -> Iterator[Row]:
    """Yield the rows of these roles, or of all, in version 1."""
    for role in roles or tuple(repository.files):
        yield repository.gun, role, 1, repository.files[role]


def insert(places: Iterable[Place], content: Iterable[Row]) -> None:
    """Store the rows in each database."""
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    stored = [
        (now, now, gun, role, version, data, sha256(data).hexdigest())
        for gun, role, version, data in content
    ]
    for place in places:
        with closing(place.connect()) as connection, connection.cursor() as cursor:
            for start in range(0, len(stored), _BATCH):
                cursor.executemany(_INSERT, stored[start : start + _BATCH])
                connection.commit()
