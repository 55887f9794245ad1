"""An owner whose repository is as large as a test wants it."""

import base64
import hashlib
from typing import Any

from attrs import define, field

from notary.server import online_keys
from notary.server.publish import publish
from notary.server.service import Service
from notary.tuf.envelope import parse_upload
from tests import publisher
from tests.publisher import Key, Publisher, ed25519_key, sign

GUN = "example.com/app"


@define
class Owner:
    """Publishes to one repository and remembers its current files."""

    service: Service
    publisher: Publisher
    key: Key
    delegations: int
    entries: int
    version: int = 0
    files: dict[str, bytes] = field(factory=dict)

    def root(self, version: int) -> bytes:
        root_key = self.publisher.root_key
        return sign(self.publisher.root(version), root_key)

    def targets(self, version: int) -> bytes:
        names = [f"targets/d{number}" for number in range(self.delegations)]
        signed = publisher.targets(
            version,
            delegations=[publisher.delegation(name, self.key) for name in names],
            listed=[self.key] if names else [],
            targets={f"tag{number}": _entry(number) for number in range(self.entries)},
        )
        return sign(signed, self.publisher.targets_key)

    def delegation(self, version: int) -> bytes:
        return sign(publisher.targets(version), self.key)

    def next(self, **files: bytes) -> dict[str, Any]:
        """Return the upload of these files, with a snapshot if the owner signs it."""
        self.version += 1
        whole = self.publisher.with_snapshot(files, self.version, **self.files)
        self.files |= files
        return whole

    def everything(self) -> dict[str, bytes]:
        """Return the files of a first publish."""
        names = [f"targets/d{number}" for number in range(self.delegations)]
        below = {name: self.delegation(1) for name in names}
        return {"root": self.root(1), "targets": self.targets(1), **below}

    async def publish(self, files: dict[str, bytes]) -> None:
        """Have the files published as the edge would."""
        uploads = {role: parse_upload(role, data) for role, data in files.items()}
        await publish(self.service, GUN, uploads)


async def new_owner(
    service: Service,
    *,
    delegations: int = 0,
    entries: int = 5,
    server_snapshot: bool = False,
) -> Owner:
    """Return the owner of a repository that has not been published yet."""
    timestamp = await online_keys.get_key(service, GUN, "timestamp")
    snapshot = None
    if server_snapshot:
        snapshot = await online_keys.get_key(service, GUN, "snapshot")
    owner = Publisher(GUN, timestamp, snapshot)
    return Owner(service, owner, ed25519_key(), delegations, entries)


def _entry(number: int) -> dict[str, Any]:
    content = str(number).encode()
    hashes = {
        name: hashlib.new(name, content).digest() for name in ("sha256", "sha512")
    }
    digests = {name: base64.b64encode(item).decode() for name, item in hashes.items()}
    return {"hashes": digests, "length": number}
