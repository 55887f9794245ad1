"""What one file says of another: digests and length, and whether they fit."""

import base64
import hashlib
from collections.abc import Mapping

from attrs import field, frozen

from notary.tuf import fields
from notary.tuf.errors import InvalidMetadata

_FILE = frozenset(("custom", "hashes", "length"))
_DIGESTS = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}


@frozen
class FileMeta:
    """What one file says of another: digests by algorithm, and the length in bytes."""

    hashes: Mapping[str, bytes] = field(repr=False)
    length: int

    @property
    def sha256(self) -> str:
        """The hex digest under which the file is stored; empty if it is not given."""
        return self.hashes.get("sha256", b"").hex()

    def as_json(self) -> dict[str, object]:
        """Return the form in which a snapshot or timestamp lists the file."""
        hashes = {
            name: base64.b64encode(digest).decode("ascii")
            for name, digest in self.hashes.items()
        }
        return {"hashes": hashes, "length": self.length}


def describe(data: bytes) -> FileMeta:
    """Return the digests and the length of a whole file."""
    hashes = {name: digest(data).digest() for name, digest in _DIGESTS.items()}
    return FileMeta(hashes, len(data))


def check_describes(role: str, meta: FileMeta | None, found: FileMeta) -> None:
    """Refuse a file that is not the one a snapshot lists for the role."""
    known = (
        {} if meta is None else {n: h for n, h in meta.hashes.items() if n in _DIGESTS}
    )
    if not known:
        raise InvalidMetadata(
            f"no checksums for supported algorithms were provided for {role}"
        )
    for name, expected in sorted(known.items()):
        if found.hashes[name] != expected:
            raise InvalidMetadata(
                f"{name} checksum for {role} did not match: expected {expected.hex()}"
            )


def problem(role: str, meta: FileMeta | None) -> str:
    """Say what keeps this from naming one file of the role; empty if nothing does."""
    if meta is None or "sha256" not in meta.hashes:
        return f"missing {role} sha256 checksum information"
    for name, digest in _DIGESTS.items():
        if name in meta.hashes and len(meta.hashes[name]) != digest().digest_size:
            return f"invalid {role} checksum information, {name} checksum invalid"
    return ""


def parse_files(value: object) -> dict[str, FileMeta]:
    """Return the entries of a ``targets`` or ``meta`` map; only types are checked."""
    return {
        name: _file(item) for name, item in fields.mapping(value, "data.Files").items()
    }


def _file(value: object) -> FileMeta:
    members = fields.struct(value, "data.FileMeta", _FILE)
    hashes = fields.mapping(members.get("hashes"), "data.Hashes")
    return FileMeta(
        {name: fields.octets(item) or b"" for name, item in hashes.items()},
        fields.integer(members.get("length"), "int64"),
    )
