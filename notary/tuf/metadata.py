"""The four kinds of role files: their members and the rules of their structure."""

from collections.abc import Mapping

from attrs import frozen

from notary.tuf import fields, filemeta, names
from notary.tuf.errors import Expired, InvalidMetadata
from notary.tuf.filemeta import FileMeta
from notary.tuf.keys import MAX_BYTES, PublicKey
from notary.tuf.moment import Moment
from notary.tuf.signatures import RoleKeys

MAX_VERSION = 2**31 - 1
"""The range of the version column; a higher one would lock its repository."""

MAX_KEYS = 5000
"""In one file; as many delegations may it have, and as many keys each of these."""

_KEY = frozenset(("keytype", "keyval"))
_KEYVAL = frozenset(("private", "public"))
_ROLE = frozenset(("keyids", "name", "paths", "threshold", "path_hash_prefixes"))
_COMMON = frozenset(("_type", "expires", "version"))
_ROOT = _COMMON | {"consistent_snapshot", "keys", "roles"}
_TARGETS = _COMMON | {"delegations", "targets"}
_DELEGATIONS = frozenset(("keys", "roles"))
_LISTING = _COMMON | {"meta"}


@frozen
class Root:
    """Who may sign the base roles; ``roles`` holds those with a name of their own."""

    version: int
    expires: Moment
    roles: Mapping[str, RoleKeys]


@frozen
class Targets:
    """A targets file as far as the server cares: who may sign each delegation."""

    version: int
    expires: Moment
    delegations: Mapping[str, RoleKeys]


@frozen
class Snapshot:
    """The hashes of all current root, targets and delegation files, by role."""

    version: int
    expires: Moment
    meta: Mapping[str, FileMeta]


@frozen
class Timestamp:
    """The hash of the current snapshot."""

    version: int
    expires: Moment
    snapshot: FileMeta


def parse_root(signed: object) -> Root:
    """Read a root's ``signed`` and check its structure."""
    members = fields.struct(signed, "data.Root", _ROOT)
    fields.boolean(members.get("consistent_snapshot"))
    keys = _keys(members.get("keys"))
    listed = fields.mapping(
        members.get("roles"), "map[data.RoleName]*data.RootRole"
    ).items()
    roles = {
        name: _role(name, value, keys) for name, value in listed if value is not None
    }
    version, expires = _common(names.ROOT, "Root", members, "1")
    for name in names.BASE_ROLES:
        if name not in roles:
            raise _invalid(names.ROOT, f"missing {name} role specification")
        _check_role(names.ROOT, roles[name], keys)
    return Root(version, expires, {name: item.keys for name, item in roles.items()})


def parse_targets(role: str, signed: object) -> Targets:
    """Read the ``signed`` of targets or a delegation and check its structure."""
    members = fields.struct(signed, "data.Targets", _TARGETS)
    filemeta.parse_files(members.get("targets"))
    value = members.get("delegations")
    delegations = fields.struct(value, "data.Delegations", _DELEGATIONS)
    keys = _keys(delegations.get("keys"))
    roles = fields.array(delegations.get("roles"), "[]*data.Role")
    _check_count(len(roles), "delegations")
    listed = [_role("", item, keys) for item in roles]
    version, expires = _common(role, "Targets", members, "one")
    for item in listed:
        name = item.keys.name
        if not names.is_delegation(name) or names.parent(name) != role:
            raise _invalid(role, f"delegation role {name[:300]} invalid")
        _check_role(role, item, keys)
    # The first of equal names counts.
    by_name = {item.keys.name: item.keys for item in reversed(listed)}
    return Targets(version, expires, by_name)


def parse_snapshot(signed: object) -> Snapshot:
    """Read a snapshot's ``signed`` and check its structure."""
    version, expires, meta = _listing(names.SNAPSHOT, "Snapshot", signed)
    for name in (names.ROOT, names.TARGETS):
        _check_digests(names.SNAPSHOT, name, meta.get(name))
    return Snapshot(version, expires, meta)


def parse_timestamp(signed: object) -> Timestamp:
    """Read a timestamp's ``signed`` and check its structure."""
    version, expires, meta = _listing(names.TIMESTAMP, "Timestamp", signed)
    _check_digests(names.TIMESTAMP, names.SNAPSHOT, meta.get(names.SNAPSHOT))
    return Timestamp(version, expires, meta[names.SNAPSHOT])


def check_expiry(role: str, expires: Moment, now: Moment) -> None:
    """Refuse metadata whose expiry lies strictly before ``now``."""
    if expires.is_before(now):
        raise Expired(role, str(expires))


@frozen
class _Role:
    """A role specification before it is checked; ids without a key are kept apart."""

    keys: RoleKeys
    key_ids: list[str]


def _role(name: str, value: object, keys: Mapping[str, PublicKey]) -> _Role:
    members = fields.struct(value, "data.Role", _ROLE)
    name = name or fields.string(members.get("name"), "data.RoleName")
    fields.strings(members.get("paths"))
    key_ids = fields.strings(members.get("keyids"))
    _check_count(len(key_ids), "keys of a role")
    threshold = fields.integer(members.get("threshold"))
    found = {key_id: keys[key_id] for key_id in key_ids if key_id in keys}
    return _Role(RoleKeys(name, found, threshold), key_ids)


def _check_role(where: str, role: _Role, keys: Mapping[str, PublicKey]) -> None:
    name = role.keys.name
    if role.keys.threshold < 1:
        # The trailing space is the Go server's.
        raise _invalid(
            where, f"invalid threshold specified for {name}: {role.keys.threshold} "
        )
    for key_id in role.key_ids:
        if key_id not in keys:
            raise _invalid(
                where,
                f"key ID {key_id[:80]} specified in {name} without corresponding key",
            )


def _keys(value: object) -> dict[str, PublicKey]:
    listed = fields.mapping(value, "data.Keys")
    _check_count(len(listed), "keys")
    return {key_id: _key(item) for key_id, item in listed.items()}


def _check_count(count: int, what: str) -> None:
    if count > MAX_KEYS:
        raise InvalidMetadata(f"there are more than {MAX_KEYS} {what}")


def _key(value: object) -> PublicKey:
    members = fields.struct(value, "data.TUFKey", _KEY)
    pair = fields.struct(members.get("keyval"), "data.KeyPair", _KEYVAL)
    fields.octets(pair.get("private"))
    keytype = fields.string(members.get("keytype"))
    public = fields.octets(pair.get("public"))
    if len(public or b"") > MAX_BYTES:
        raise InvalidMetadata(f"a public key is larger than {MAX_BYTES} bytes")
    return PublicKey(keytype, public)


def _listing(
    role: str, file_type: str, signed: object
) -> tuple[int, Moment, dict[str, FileMeta]]:
    members = fields.struct(signed, f"data.{file_type}", _LISTING)
    meta = filemeta.parse_files(members.get("meta"))
    version, expires = _common(role, file_type, members, "one")
    return version, expires, meta


def _common(
    role: str, file_type: str, members: Mapping[str, object], one: str
) -> tuple[int, Moment]:
    """Check the members that all roles share: type, version, expiry's form."""
    found = fields.string(members.get("_type"))
    version = fields.integer(members.get("version"))
    expires = fields.time(members.get("expires"))
    if found != file_type:
        raise _invalid(role, f"expected type {file_type}, not {found[:80]}")
    if version < 1:
        raise _invalid(role, f"version cannot be less than {one}")
    if version > MAX_VERSION:
        raise _invalid(role, f"version {version} is above the limit {MAX_VERSION}")
    return version, expires


def _check_digests(where: str, role: str, meta: FileMeta | None) -> None:
    problem = filemeta.problem(role, meta)
    if problem:
        raise _invalid(where, problem)


def _invalid(role: str, problem: str) -> InvalidMetadata:
    return InvalidMetadata(f"{role} type metadata invalid: {problem}")
