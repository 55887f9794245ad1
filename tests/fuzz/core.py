"""Fuzz targets of the pure core: of any bytes, only errors of the core come out."""

import re
from contextlib import suppress
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from notary.tuf import canonical, certificates, fields, repository
from notary.tuf.envelope import parse_stored, parse_upload
from notary.tuf.errors import InvalidMetadata, InvalidUpdate, TUFError
from notary.tuf.keys import PublicKey, verifying_key
from notary.tuf.repository import Current, RoleFile
from notary.tuf.update import check_update
from tests.publisher import NOW, Key, delegation, ecdsa_key, sign, targets
from tests.tuf.stored import GUN, Stored, published

ROLES = ("root", "targets", "targets/a", "snapshot", "timestamp")
DELEGATE = ecdsa_key()
# Canonical strings hold control characters as they are, which no JSON reader takes.
_CONTROL = re.compile(rb"[\x00-\x1f]")
# What is told of a refused update, and 300 characters around it, fit into 1 KiB.
_MAX_MESSAGE = 700


def canonical_json(data: bytes) -> None:
    """What is read strictly has one canonical form, which is read as the same value."""
    with suppress(InvalidMetadata):
        value = canonical.decode(data, strict=True)
        form = canonical.encode(value)
        assert canonical.encode(canonical.decode(data, strict=False)) == form
        if not _CONTROL.search(form):
            assert canonical.decode(form, strict=True) == value
            assert canonical.encode(canonical.decode(form, strict=True)) == form


def base64_and_time(data: bytes) -> None:
    """Base64 is read as the bytes it is of; a time is one that can be compared."""
    text = data.decode("utf-8", "replace")
    with suppress(InvalidMetadata):
        assert len(fields.octets(text) or b"") <= len(text)
    with suppress(InvalidMetadata):
        assert isinstance(fields.time(text).nanoseconds, int)


def metadata(data: bytes) -> None:
    """What an upload may be is read as the same when it is stored."""
    role, data = ROLES[data[0] % len(ROLES)] if data else "root", data[1:]
    with suppress(TUFError):
        _read(role, data)
    with suppress(TUFError):
        opened = parse_upload(role, data).opened()
        stored = parse_stored(data)
        assert stored.signatures == opened.signatures
        with suppress(InvalidMetadata):
            assert stored.payload == opened.payload


def _read(role: str, data: bytes) -> object:
    if role == "root":
        return repository.read_root(data)
    if role == "snapshot":
        return repository.read_snapshot(data)
    if role == "timestamp":
        return repository.read_timestamp(data)
    return repository.read_targets(role, data)


@cache
def repositories() -> tuple[Stored, ...]:
    """Return a new repository, and two with a delegation: who signs their snapshot?"""
    return (Stored(), _delegating(False), _delegating(True))


def _delegating(server_signs_snapshot: bool) -> Stored:
    stored = published(server_signs_snapshot=server_signs_snapshot)
    signed = targets(
        2, listed=[DELEGATE], delegations=[delegation("targets/a", DELEGATE)]
    )
    files = {"targets": sign(signed, stored.owner.targets_key)}
    files["targets/a"] = sign(targets(), DELEGATE)
    root = stored.by_hash[stored.listed()["root"]]
    stored.publish(stored.owner.with_snapshot(files, 2, root=root))
    return stored


def signed_update(data: bytes) -> None:
    """Whatever the right keys sign is accepted or refused by an error of ours.

    One octet says which repository, and one which role each line is a file of.
    """
    stored = repositories()[data[0] % 3] if data else repositories()[0]
    files = {}
    for line in data[1:].split(b"\n")[:4]:
        role = ROLES[line[0] % len(ROLES)] if line else "root"
        with suppress(TUFError):
            signed = canonical.decode(line[1:], strict=False)
            files[role] = sign(signed, *_keys(stored, role))
    _decide(stored, files)


def _keys(stored: Stored, role: str) -> list[Key]:
    owner = stored.owner
    return {
        "root": [owner.root_key],
        "targets": [owner.targets_key],
        "targets/a": [DELEGATE],
        "snapshot": [owner.own_snapshot_key],
        "timestamp": [stored.timestamp_key],
    }[role]


def _decide(stored: Stored, files: dict[str, bytes]) -> None:
    message = ""
    try:
        accepted = stored.check(files)
        made = files.get("snapshot") or accepted.next_snapshot().payload
        accepted.next_timestamp(made)
    except InvalidUpdate as error:
        message = error.message
    except TUFError:
        pass
    assert len(message) < _MAX_MESSAGE


def stored_files(data: bytes) -> None:
    """Files that somebody changed in the database are refused by an error of ours."""
    stored = repositories()[2]
    uploads = {"targets/a": parse_upload("targets/a", sign(targets(2), DELEGATE))}
    current = stored.current(uploads)
    role = ("root", "targets")[data[0] % 2] if data else "root"
    files = {**current.files, role: RoleFile(role, data[1:])}
    rotten = Current(current.timestamp, current.snapshot, files)
    with suppress(TUFError):
        check_update(GUN, rotten, set(), uploads, NOW).next_snapshot()


def bundle_of_certificates(data: bytes) -> None:
    """Any certificate is judged, or refused by an error of ours."""
    with suppress(InvalidMetadata):
        for item in certificates.parse_bundle(data):
            with suppress(InvalidMetadata):
                certificates.is_ca(item)
            with suppress(InvalidMetadata):
                certificates.check_strength(item)
            certificates.names_gun(item, GUN)
            certificates.is_in_force(item, NOW)
            certificates.public_der(item)


def certificate_pem(certificate: x509.Certificate) -> bytes:
    """Return the certificate as PEM."""
    return certificate.public_bytes(Encoding.PEM)


def public_key(data: bytes) -> None:
    """Any content is a key to verify with, or none, whatever type it claims."""
    for keytype in ("ecdsa", "ed25519", "rsa", "ecdsa-x509", "rsa-x509", "x"):
        verifying_key(PublicKey(keytype, data))
