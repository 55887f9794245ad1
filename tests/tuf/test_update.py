"""Updates: what is stored and signed of an upload, or the first rule that it breaks.

The rules come in the order in which the core applies them. ``Go:`` names the tests
of the Go server that make the same point.
"""

import itertools
from datetime import timedelta

import pytest

from notary.tuf import metadata, repository, update
from notary.tuf.envelope import parse_upload
from notary.tuf.errors import InvalidUpdate
from notary.tuf.repository import Current, RoleFile, files_to_load, hashes_to_find
from notary.tuf.update import check_update
from tests import publisher
from tests.publisher import NOW, PAST, Key, delegation, ecdsa_key, sign, targets
from tests.tuf.stored import GUN, Stored, digest, published

TRAILING = "invalid character 'x' after top-level value"
NEEDS_SNAPSHOT = (
    "no snapshot was included in update and server does not hold current snapshot "
    "key for repository"
)
BASE = ("root", "targets", "snapshot")


@pytest.fixture
def client() -> Stored:
    """A published repository whose owner signs the snapshots."""
    return published()


@pytest.fixture
def server() -> Stored:
    """A published repository whose snapshots the server signs."""
    return published(server_signs_snapshot=True)


def _new(*, server_signs_snapshot: bool = False) -> tuple[Stored, dict[str, bytes]]:
    """Return an unpublished repository and its first publish."""
    stored = Stored(server_signs_snapshot)
    return stored, stored.owner.first_publish()


def _next_root(stored: Stored, version: int = 2, **members: object) -> bytes:
    return sign(stored.owner.root(version, **members), stored.owner.root_key)


def _targets(stored: Stored, version: int = 2, **members: object) -> bytes:
    return sign(targets(version, **members), stored.owner.targets_key)


def _with_snapshot(stored: Stored, files: dict[str, bytes], version: int = 2):
    """Add a snapshot by the owner over these files and all that is stored."""
    meta = dict(publisher.snapshot(version, files)["meta"])
    listed = repository.read_snapshot(stored.snapshot).meta
    others = {role: item.as_json() for role, item in listed.items()}
    signed = publisher.snapshot(version, {}, meta={**others, **meta})
    return {**files, "snapshot": sign(signed, stored.owner.own_snapshot_key)}


def _delegating(stored: Stored, key: Key, *names: str, version: int = 2) -> bytes:
    roles = [delegation(name, key) for name in names]
    return _targets(stored, version, listed=[key], delegations=roles)


def _below(key: Key, *names: str, version: int = 1) -> bytes:
    """Return a delegation's file that delegates further to these names."""
    roles = [delegation(name, key) for name in names]
    return sign(targets(version, listed=[key], delegations=roles), key)


def test_a_first_publish_is_accepted_and_stored_with_the_snapshot_last():
    stored, files = _new()
    accepted = stored.check(dict(reversed(files.items())))
    assert [item.role for item in accepted.uploaded] == ["root", "targets", "snapshot"]
    assert {item.role: item.data for item in accepted.uploaded} == files
    assert {item.version for item in accepted.uploaded} == {1}
    assert accepted.has_snapshot


def test_a_first_publish_may_leave_the_snapshot_to_the_server():
    """Go: SnapshotGenerateNoPrev."""
    stored, files = _new(server_signs_snapshot=True)
    accepted = stored.publish(files)
    assert not accepted.has_snapshot
    assert stored.listed() == {role: digest(data) for role, data in files.items()}


def test_the_order_in_which_files_come_does_not_matter():
    stored, files = _new()
    for order in itertools.permutations(files.items()):
        assert stored.check(dict(order)) == stored.check(files)


def test_an_uploaded_timestamp_is_ignored_whatever_it_holds():
    stored, files = _new()
    accepted = stored.check({**files, "timestamp": b'{"signed":{"version":99}}x'})
    assert [item.role for item in accepted.uploaded] == [*list(BASE[:2]), "snapshot"]
    assert accepted.next_timestamp(b"s").version == 1


def test_nothing_uploaded_makes_the_server_sign_anew(server):
    """Go: LoadTargetsLoadsNothingIfNoUpdates, EmptyNew."""
    before = server.listed()
    accepted = server.publish({})
    assert accepted.uploaded == ()
    assert server.listed() == before
    assert repository.read_snapshot(server.snapshot).version == 2
    assert repository.read_timestamp(server.timestamp).version == 2


def test_nothing_uploaded_for_a_new_gun_is_refused():
    """Go: NoRoot, EmptyNew."""
    message = "no pre-existing root and no root provided in update."
    assert Stored().refusal({}) == ("ErrValidation", message)


@pytest.mark.parametrize("role", ["targets", "snapshot"])
def test_a_new_gun_needs_a_root(role):
    """Go: NoRoot, GenerateSnapshotRootNotLoaded."""
    stored, files = _new()
    del files["root"]
    name, message = stored.refusal({role: files[role]})
    assert name == "ErrValidation"
    assert message == "no pre-existing root and no root provided in update."


@pytest.mark.parametrize(
    "data", [b"", b"{", b"{}", b'{"signed":{"_type":"Root"}}', b"\xff"]
)
def test_a_stored_root_that_cannot_be_read_refuses_everything_without_detail(data):
    """Go: OldRootCorrupt, OldRootCorruptRootRole, RootGetCurrentRootBroken."""
    with pytest.raises(InvalidUpdate) as caught:
        check_update(
            GUN, Current(files={"root": RoleFile("root", data)}), set(), {}, NOW
        )
    assert caught.value.name == update.UNREADABLE == ""


def test_a_stored_root_vouches_for_an_update_without_one(client):
    """Go: OldRoot, NoRoot."""
    files = _with_snapshot(client, {"targets": _targets(client)})
    assert client.check(files).root.version == 1


def test_an_expired_stored_root_vouches_for_targets(server):
    after_the_root = NOW.replace(year=2037)
    fresh = _targets(server, expires="2040-01-01T00:00:00Z")
    assert server.check({"targets": fresh}, after_the_root).has_targets


def test_an_expired_stored_root_is_replaced_by_a_new_one():
    """Go: OldRoot."""
    stored = Stored(server_signs_snapshot=True)
    soon = _next_root(stored, 1, expires="2026-11-22T12:00:01Z")
    stored.publish({"root": soon, "targets": _targets(stored, 1)})
    later = NOW + timedelta(days=1)
    assert stored.check({"root": _next_root(stored)}, later).root.version == 2


@pytest.mark.parametrize("version", [1, 2])
def test_a_first_root_has_version_1_or_2(version):
    stored, _ = _new(server_signs_snapshot=True)
    files = {"root": _next_root(stored, version), "targets": _targets(stored, 1)}
    assert stored.check(files).root.version == version


@pytest.mark.parametrize("version", [0, 3, -1, 2**31])
def test_a_first_root_has_no_other_version(version):
    stored, _ = _new()
    name, message = stored.refusal({"root": _next_root(stored, version)})
    assert name == "ErrBadRoot"
    assert message == (
        f"Root modifications must increment the version. Current 1, new {version}"
    )


@pytest.mark.parametrize(("version", "fits"), [(2, True), (3, True), (1, False)])
def test_a_next_root_keeps_or_increments_the_version(server, version, fits):
    """Go: RootRotationVersionIncrement."""
    server.publish({"root": _next_root(server, 2)})
    files = {"root": _next_root(server, version)}
    if fits:
        assert server.check(files).root.version == version
    else:
        name, message = server.refusal(files)
        assert name == "ErrBadRoot"
        assert message == (
            "Root modifications must increment the version. Current 2, new 1"
        )


def test_a_next_root_does_not_skip_a_version(server):
    """Go: RootRotationVersionIncrement."""
    assert server.refusal({"root": _next_root(server, 3)}) == (
        "ErrBadRoot",
        "Root modifications must increment the version. Current 1, new 3",
    )


def test_the_version_of_a_root_is_checked_before_anything_else_of_it(server):
    name, message = server.refusal({"root": sign({"version": 9})})
    assert (name, message.partition(".")[0]) == (
        "ErrBadRoot",
        "Root modifications must increment the version",
    )


@pytest.mark.parametrize("role", ["root", "targets", "snapshot"])
def test_bytes_after_an_uploaded_file_are_refused_under_the_name_of_its_role(role):
    """Go: RootCorrupt, TargetsCorrupt, SnapshotCorrupt."""
    stored, files = _new()
    files[role] += b"x"
    assert stored.refusal(files) == (f"ErrBad{role.capitalize()}", TRAILING)


@pytest.mark.parametrize("role", ["root", "targets", "snapshot"])
@pytest.mark.parametrize("data", [b"null", b"{}", b'{"signed":null}'])
def test_an_uploaded_file_that_is_empty_is_refused(role, data):
    """Go: RootCorrupt, TargetsCorrupt, SnapshotCorrupt."""
    stored, files = _new()
    name, message = stored.refusal({**files, role: data})
    assert name == f"ErrBad{role.capitalize()}"
    assert message == (
        "Root modifications must increment the version. Current 1, new 0"
        if role == "root"
        else "tuf: data has no signatures"
    )


def test_a_root_that_breaks_a_rule_of_structure_is_refused(server):
    """Go: RootRoleMissing."""
    members = {**server.owner.root()["roles"]}
    del members["targets"]
    assert server.refusal({"root": _next_root(server, roles=members)}) == (
        "ErrBadRoot",
        "root type metadata invalid: missing targets role specification",
    )


def test_a_root_that_nobody_signed_is_refused():
    """Go: RootSigMissing."""
    stored, files = _new()
    name, message = stored.refusal({**files, "root": sign(stored.owner.root())})
    assert name == "ErrBadRoot"
    assert message.endswith("failed to validate integrity of roots")


def test_a_root_for_another_gun_is_refused():
    """Go: RootCanContainOnlyx509KeysWithRightGun."""
    _stored, files = _new()
    uploads = {role: parse_upload(role, data) for role, data in files.items()}
    with pytest.raises(InvalidUpdate, match="valid leaf certificates") as caught:
        check_update(f"{GUN}2", Current(), set(), uploads, NOW)
    assert caught.value.name == "ErrBadRoot"


def test_a_root_that_the_previous_one_did_not_sign_is_refused(server):
    """Go: RootRotationNotSignedWithOldKeysForOldRole."""
    other = publisher.Publisher(GUN, server.timestamp_key.public)
    name, message = server.refusal({"root": sign(other.root(2), other.root_key)})
    assert name == "ErrBadRoot"
    assert message.startswith("could not rotate trust to a new trusted root")


def test_an_expired_root_is_refused():
    stored, files = _new()
    name, message = stored.refusal({**files, "root": _next_root(stored, expires=PAST)})
    assert name == "ErrBadRoot"
    assert message == "root expired at Sun Nov 22 11:59:59 UTC 2026"


def test_targets_are_signed_as_the_stored_root_says(server):
    """Go: NoNewTargets."""
    accepted = server.publish({"targets": _targets(server)})
    assert [item.role for item in accepted.uploaded] == ["targets"]
    assert server.listed()["targets"] == digest(accepted.uploaded[0].data)


@pytest.mark.parametrize("signers", ["nobody", "stranger"])
def test_targets_that_the_right_key_did_not_sign_are_refused(server, signers):
    """Go: TargetsSigMissing."""
    by = [] if signers == "nobody" else [ecdsa_key()]
    name, message = server.refusal({"targets": sign(targets(2), *by)})
    assert name == "ErrBadTargets"
    assert message == (
        "valid signatures did not meet threshold for targets"
        if by
        else "tuf: data has no signatures"
    )


def test_targets_are_signed_as_the_root_uploaded_with_them_says(server):
    server.owner.targets_key = ecdsa_key()
    files = {"root": _next_root(server), "targets": _targets(server)}
    assert server.check(files).root.version == 2
    assert server.refusal({"targets": files["targets"]})[0] == "ErrBadTargets"


def test_a_root_may_replace_the_targets_key_without_new_targets(server):
    server.owner.targets_key = ecdsa_key()
    before = server.listed()["targets"]
    server.publish({"root": _next_root(server)})
    assert server.listed()["targets"] == before


def test_the_signatures_of_targets_are_checked_before_their_structure(server):
    name, message = server.refusal({"targets": sign({"_type": "x", "version": 0})})
    assert (name, message) == ("ErrBadTargets", "tuf: data has no signatures")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"_type": "x"}, "targets type metadata invalid: expected type Targets, not x"),
        (
            {"version": 0},
            "targets type metadata invalid: version cannot be less than one",
        ),
        ({"expires": PAST}, "targets expired at Sun Nov 22 11:59:59 UTC 2026"),
        ({"expires": None}, "targets expired at Mon Jan 1 00:00:00 UTC 0001"),
        (
            {"targets": 1},
            "json: cannot unmarshal number into Go value of type data.Files",
        ),
    ],
)
def test_targets_that_break_a_rule_are_refused_with_its_message(
    server, members, message
):
    """Go: TargetsCorrupt."""
    signed = {**targets(2), **members}
    files = {"targets": sign(signed, server.owner.targets_key)}
    assert server.refusal(files) == ("ErrBadTargets", message)


def test_targets_with_a_number_that_cannot_be_signed_are_refused(server):
    data = _targets(server).replace(b'"_type"', b'"x":1.5,"_type"')
    name, message = server.refusal({"targets": data})
    assert name == "ErrBadTargets"
    assert message.startswith("json: unsupported value")


@pytest.mark.parametrize("role", ["targets", "snapshot"])
def test_a_version_that_would_lock_the_repository_is_refused(client, role):
    version = 2**31
    if role == "targets":
        files = _with_snapshot(client, {"targets": _targets(client, version)})
    else:
        files = _with_snapshot(client, {}, version)
    assert client.refusal(files) == (
        f"ErrBad{role.capitalize()}",
        f"{role} type metadata invalid: version {version} is above the limit "
        "2147483647",
    )


def test_versions_of_targets_and_snapshot_may_jump(client):
    files = _with_snapshot(client, {"targets": _targets(client, 70)}, 2**31 - 1)
    versions = {item.role: item.version for item in client.check(files).uploaded}
    assert versions == {"targets": 70, "snapshot": 2**31 - 1}


def test_a_delegation_is_signed_as_the_targets_uploaded_with_it_say(server):
    """Go: TargetsParentInUpdate."""
    key = ecdsa_key()
    files = {
        "targets/a/b": _below(key),
        "targets/a": _below(key, "targets/a/b"),
        "targets": _delegating(server, key, "targets/a"),
    }
    server.publish(files)
    assert server.listed().keys() == {"root", *files}


def test_a_delegation_is_signed_as_the_stored_targets_say(server):
    """Go: TargetsRequiresStoredParent."""
    key = ecdsa_key()
    server.publish({"targets": _delegating(server, key, "targets/a")})
    server.publish({"targets/a": _below(key, "targets/a/b")})
    server.publish({"targets/a/b": _below(key)})
    assert {"targets/a", "targets/a/b"} < server.listed().keys()


def test_the_stored_parents_of_a_delegation_may_have_expired(server):
    key = ecdsa_key()
    server.publish({"targets": _delegating(server, key, "targets/a")})
    later = NOW.replace(year=2037)
    fresh = sign(targets(1, expires="2040-01-01T00:00:00Z"), key)
    assert server.check({"targets/a": fresh}, later).uploaded[0].role == "targets/a"


def test_a_stored_parent_counts_only_while_the_root_trusts_it(server):
    key = ecdsa_key()
    server.publish({"targets": _delegating(server, key, "targets/a")})
    server.owner.targets_key = ecdsa_key()
    server.publish({"root": _next_root(server)})
    assert server.refusal({"targets/a": _below(key)}) == (
        "ErrBadTargets",
        "valid signatures did not meet threshold for targets",
    )


def test_a_delegation_that_its_parent_does_not_list_is_refused(server):
    """Go: TargetsRoleNotInParent."""
    key = ecdsa_key()
    server.publish({"targets": _delegating(server, key, "targets/a")})
    server.publish({"targets/a": _below(key)})
    for role in ("targets/b", "targets/a/b", "targets/b/c"):
        assert server.refusal({role: _below(key)}) == (
            "ErrBadTargets",
            f"tuf: invalid role {role}. delegation does not exist",
        )


def test_a_delegation_is_refused_once_any_file_above_it_drops_its_parent(server):
    key = ecdsa_key()
    server.publish(
        {
            "targets": _delegating(server, key, "targets/a"),
            "targets/a": _below(key, "targets/a/b"),
        }
    )
    files = {"targets": _targets(server, 3), "targets/a/b": _below(key)}
    name, message = server.refusal(files)
    assert name == "ErrBadTargets"
    assert message.endswith("delegation does not exist")


def test_a_delegation_without_any_targets_is_refused():
    stored = Stored(server_signs_snapshot=True)
    files = {
        "root": sign(stored.owner.root(), stored.owner.root_key),
        "targets/a": _below(ecdsa_key()),
    }
    assert stored.refusal(files) == ("ErrBadTargets", "targets must be loaded first")


def test_a_delegation_that_a_stranger_signed_is_refused(server):
    server.publish({"targets": _delegating(server, ecdsa_key(), "targets/a")})
    assert server.refusal({"targets/a": _below(ecdsa_key())}) == (
        "ErrBadTargets",
        "valid signatures did not meet threshold for targets/a",
    )


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"version": 0},
            "targets/a type metadata invalid: version cannot be less than one",
        ),
        (
            {"_type": "targets"},
            "targets/a type metadata invalid: expected type Targets, not targets",
        ),
        ({"expires": PAST}, "targets/a expired at Sun Nov 22 11:59:59 UTC 2026"),
        (
            {"delegations": {"roles": [{"name": "targets/b"}]}},
            "targets/a type metadata invalid: delegation role targets/b invalid",
        ),
    ],
)
def test_a_delegation_that_breaks_a_rule_is_refused_with_its_message(
    server, members, message
):
    key = ecdsa_key()
    server.publish({"targets": _delegating(server, key, "targets/a")})
    files = {"targets/a": sign({**targets(), **members}, key)}
    assert server.refusal(files) == ("ErrBadTargets", message)


def test_the_structure_of_a_delegation_is_checked_before_its_signatures(server):
    server.publish({"targets": _delegating(server, ecdsa_key(), "targets/a")})
    _name, message = server.refusal({"targets/a": sign(targets(0))})
    assert "version cannot be less than one" in message


def test_the_paths_of_a_delegation_do_not_bind_its_targets(server):
    key = ecdsa_key()
    narrow = {**delegation("targets/a", key), "paths": ["only/this"]}
    server.publish({"targets": _targets(server, listed=[key], delegations=[narrow])})
    signed = targets(targets={"other": publisher.meta(b"")})
    assert server.check({"targets/a": sign(signed, key)})


@pytest.mark.parametrize("kind", ["short", "expired", "authority"])
def test_a_delegation_key_that_is_a_certificate_is_strong_but_may_have_expired(
    server, kind, rsa_1024
):
    past = NOW.replace(year=2020)
    key = {
        "short": lambda: publisher.x509_key("x", rsa_1024),
        "expired": lambda: publisher.x509_key("x", not_before=past, not_after=past),
        "authority": lambda: publisher.x509_key("x", is_ca=True),
    }[kind]()
    server.publish({"targets": _delegating(server, key, "targets/a")})
    files = {"targets/a": _below(key)}
    if kind == "short":
        assert server.refusal(files) == ("ErrBadTargets", "RSA bit length is too short")
    else:
        assert server.check(files)


def test_a_delegation_key_with_an_unreadable_certificate_is_skipped(server):
    good, bad = ecdsa_key(), Key(None, publisher.PublicKey("ecdsa-x509", b"x"))
    role = delegation("targets/a", bad, good)
    server.publish(
        {"targets": _targets(server, listed=[good, bad], delegations=[role])}
    )
    assert server.check({"targets/a": _below(good)})


def test_only_a_snapshot_is_accepted_over_what_is_stored(client):
    """Go: OnlySnapshot."""
    before = client.listed()
    client.publish(_with_snapshot(client, {}))
    assert client.listed() == before


@pytest.mark.parametrize("signers", ["nobody", "stranger"])
def test_a_snapshot_that_the_right_key_did_not_sign_is_refused(client, signers):
    """Go: SnapshotSigMissing."""
    by = [] if signers == "nobody" else [ecdsa_key()]
    name, message = client.refusal({"snapshot": sign(publisher.snapshot(2, {}), *by)})
    assert name == "ErrBadSnapshot"
    assert message == (
        "valid signatures did not meet threshold for snapshot"
        if by
        else "tuf: data has no signatures"
    )


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"_type": "Root"},
            "snapshot type metadata invalid: expected type Snapshot, not Root",
        ),
        (
            {"version": 0},
            "snapshot type metadata invalid: version cannot be less than one",
        ),
        ({"expires": PAST}, "snapshot expired at Sun Nov 22 11:59:59 UTC 2026"),
        (
            {"meta": {}},
            "snapshot type metadata invalid: missing root sha256 checksum information",
        ),
    ],
)
def test_a_snapshot_that_breaks_a_rule_is_refused_with_its_message(
    client, members, message
):
    """Go: SnapshotCorrupt."""
    signed = publisher.snapshot(2, {"root": b"", "targets": b""}) | members
    files = {"snapshot": sign(signed, client.owner.own_snapshot_key)}
    assert client.refusal(files) == ("ErrBadSnapshot", message)


@pytest.mark.parametrize("role", ["root", "targets", "targets/a"])
@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_snapshot_has_the_hashes_of_every_file_uploaded_with_it(role, algorithm):
    """Go: RootModifiedHash, TargetsModifiedHash, RootModifiedSize."""
    stored, files = _new()
    key = ecdsa_key()
    files["targets"] = _delegating(stored, key, "targets/a", version=1)
    files["targets/a"] = _below(key)
    signed = publisher.snapshot(1, {r: d for r, d in files.items() if r != "snapshot"})
    wrong = publisher.meta(b"something else")["hashes"][algorithm]
    signed["meta"][role]["hashes"][algorithm] = wrong
    files["snapshot"] = sign(signed, stored.owner.own_snapshot_key)
    name, message = stored.refusal(files)
    assert name == "ErrBadSnapshot"
    assert message.startswith(
        f"{algorithm} checksum for {role} did not match: expected "
    )


def test_the_length_in_a_snapshot_is_not_verified(client):
    """Go: TargetsModifiedSize."""
    files = _with_snapshot(client, {"targets": _targets(client)})
    signed = publisher.snapshot(2, {})
    for role, item in repository.read_snapshot(files["snapshot"]).meta.items():
        signed["meta"][role] = {**item.as_json(), "length": 0}
    files["snapshot"] = sign(signed, client.owner.own_snapshot_key)
    assert client.check(files)


def test_a_snapshot_lists_every_delegation_uploaded_with_it(client):
    key = ecdsa_key()
    files = {"targets": _delegating(client, key, "targets/a")}
    files = {**_with_snapshot(client, files), "targets/a": _below(key)}
    assert client.refusal(files) == (
        "ErrBadSnapshot",
        "no checksums for supported algorithms were provided for targets/a",
    )


def test_a_snapshot_alone_cannot_point_to_another_root(client):
    files = _with_snapshot(client, {"root": _next_root(client)})
    name, message = client.refusal({"snapshot": files["snapshot"]})
    assert name == "ErrBadSnapshot"
    assert message.startswith("sha256 checksum for root did not match")


@pytest.mark.parametrize("role", ["targets", "targets/a"])
def test_a_snapshot_that_points_to_a_file_nobody_has_is_refused(client, role):
    files = _with_snapshot(client, {role: b"never uploaded"})
    assert client.refusal({"snapshot": files["snapshot"]}) == (
        "ErrBadSnapshot",
        f"the file listed for {role} is neither uploaded nor stored: "
        f"sha256 {digest(b'never uploaded')}",
    )


def test_a_snapshot_may_go_back_to_a_file_that_is_stored(client):
    first = client.by_hash[client.listed()["targets"]]
    client.publish(_with_snapshot(client, {"targets": _targets(client)}))
    files = _with_snapshot(client, {"targets": first}, 3)
    client.publish({"snapshot": files["snapshot"]})
    assert client.listed()["targets"] == digest(first)


def test_an_entry_that_led_nowhere_before_may_stay_as_it_is(client):
    files = _with_snapshot(client, {"targets/gone": b"lost"})
    client.snapshot = files["snapshot"]
    update_files = _with_snapshot(client, {"targets": _targets(client, 3)}, 3)
    client.publish(update_files)
    assert client.listed()["targets/gone"] == digest(b"lost")


def test_an_entry_without_sha256_leads_nowhere(client):
    signed = publisher.snapshot(2, {})
    for role, item in repository.read_snapshot(client.snapshot).meta.items():
        signed["meta"][role] = item.as_json()
    signed["meta"]["targets/a"] = {"hashes": {}, "length": 0}
    files = {"snapshot": sign(signed, client.owner.own_snapshot_key)}
    name, message = client.refusal(files)
    assert name == "ErrBadSnapshot"
    assert "neither uploaded nor stored" in message


def test_a_first_publish_without_targets_but_with_a_snapshot_is_refused():
    stored, files = _new()
    targets_file = files.pop("targets")
    name, message = stored.refusal(files)
    assert name == "ErrBadSnapshot"
    assert message == (
        "the file listed for targets is neither uploaded nor stored: "
        f"sha256 {digest(targets_file)}"
    )


def test_a_first_publish_without_targets_and_snapshot_is_refused():
    """Go: SnapshotGenerateNoTargets."""
    stored, files = _new(server_signs_snapshot=True)
    assert stored.refusal({"root": files["root"]}) == (
        "ErrValidation",
        "targets must be loaded first",
    )


@pytest.mark.parametrize("keys", [0, 1])
def test_without_enough_snapshot_keys_only_the_publisher_can_make_one(keys):
    """Go: SnapshotMissingNoSnapshotKey, GenerateSnapshotNoKey."""
    stored, files = _new(server_signs_snapshot=True)
    signed = stored.owner.root()
    if keys == 0:
        signed["roles"]["snapshot"]["keyids"] = []
    else:
        signed["roles"]["snapshot"]["threshold"] = 2
    files["root"] = sign(signed, stored.owner.root_key)
    accepted = stored.check(files)
    with pytest.raises(InvalidUpdate) as caught:
        accepted.next_snapshot()
    error = caught.value
    assert (error.name, error.message) == ("ErrBadHierarchy", NEEDS_SNAPSHOT)
    assert error.missing == "snapshot"


def test_the_server_takes_the_next_version_for_its_snapshot(server):
    """Go: SnapshotGenerate, SnapshotGenerateWithPrev."""
    accepted = server.publish({"targets": _targets(server, 9)})
    assert accepted.next_snapshot().version == 2
    assert repository.read_snapshot(server.snapshot).version == 2


def test_the_server_goes_on_from_a_snapshot_that_the_publisher_made(client):
    client.publish(_with_snapshot(client, {"targets": _targets(client)}, 40))
    client.server_signs_snapshot = True
    client.owner.snapshot_key = client.online_key.public
    client.publish({"root": _next_root(client)})
    assert repository.read_snapshot(client.snapshot).version == 41


def test_what_is_not_uploaded_stays_listed_as_it_was(server):
    """Go: SnapshotGenerateWithPrev."""
    key = ecdsa_key()
    server.publish({"targets": _delegating(server, key, "targets/a", "targets/b")})
    server.publish({"targets/a": _below(key)})
    before = server.listed()
    server.publish({"targets/b": _below(key)})
    assert server.listed() == {**before, "targets/b": server.listed()["targets/b"]}


@pytest.mark.parametrize("rewrite", ["pretty", "extended", "trailing space"])
def test_the_server_lists_the_hash_of_the_stored_bytes(server, rewrite):
    if rewrite == "extended":
        data = sign({**targets(2), "spec_version": "1"}, server.owner.targets_key)
    elif rewrite == "pretty":
        data = _targets(server).replace(b",", b" ,\n\t")
    else:
        data = _targets(server) + b"\n"
    server.publish({"targets": data})
    assert server.listed()["targets"] == digest(data)


def test_the_server_drops_removed_delegations_and_all_below_them(server):
    key = ecdsa_key()
    server.publish(
        {
            "targets": _delegating(server, key, "targets/a", "targets/b"),
            "targets/a": _below(key, "targets/a/x"),
            "targets/a/x": _below(key, "targets/a/x/y"),
            "targets/a/x/y": _below(key),
            "targets/b": _below(key, "targets/b/x"),
            "targets/b/x": _below(key),
        }
    )
    server.publish({"targets": _delegating(server, key, "targets/b", version=3)})
    assert server.listed().keys() == {"root", "targets", "targets/b", "targets/b/x"}
    server.publish({"targets/b": _below(key, version=2)})
    assert server.listed().keys() == {"root", "targets", "targets/b"}


def test_a_delegation_that_comes_back_is_not_listed_before_it_is_uploaded(server):
    key = ecdsa_key()
    both = {"targets": _delegating(server, key, "targets/a"), "targets/a": _below(key)}
    server.publish(both)
    server.publish({"targets": _targets(server, 3)})
    server.publish({"targets": _delegating(server, key, "targets/a", version=4)})
    assert server.listed().keys() == {"root", "targets"}
    server.publish({"targets/a": _below(key, version=2)})
    assert "targets/a" in server.listed()


def test_the_delegations_of_a_parent_that_cannot_be_read_stay_listed(server):
    key = ecdsa_key()
    server.publish(
        {"targets": _delegating(server, key, "targets/a"), "targets/a": _below(key)}
    )
    server.by_hash[server.listed()["targets"]] = b"rotten"
    server.publish({"root": _next_root(server)})
    assert "targets/a" in server.listed()


def test_the_server_always_makes_the_next_timestamp(client):
    """Go: PrevTimestamp."""
    files = _with_snapshot(client, {"targets": _targets(client)})
    draft = client.check(files).next_timestamp(files["snapshot"])
    assert draft.version == 2
    meta = metadata.parse_timestamp(draft.signed).snapshot
    assert meta.sha256 == digest(files["snapshot"])


@pytest.mark.parametrize("keys", [0, 1])
def test_a_root_without_enough_timestamp_keys_is_refused(keys):
    """Go: RootNoTimestampKey, RootInvalidTimestampThreshold."""
    stored, files = _new(server_signs_snapshot=True)
    signed = stored.owner.root()
    if keys == 0:
        signed["roles"]["timestamp"]["keyids"] = []
    else:
        signed["roles"]["timestamp"]["threshold"] = 2
    files["root"] = sign(signed, stored.owner.root_key)
    assert stored.refusal(files) == (
        "ErrBadRoot",
        "no  timestamp keys exist on the server",
    )


def test_the_same_upload_again_passes_here_and_is_left_to_the_store(server):
    files = {"targets": _targets(server)}
    server.publish(files)
    assert server.check(files).uploaded[0].version == 2


def test_an_update_does_not_show_the_uploaded_bytes_in_its_repr(client):
    files = _with_snapshot(client, {"targets": _targets(client)})
    assert all(
        repr(item.data) not in repr(item) for item in client.check(files).uploaded
    )


def _uploads(*roles: str):
    return {role: parse_upload(role, b"{}") for role in roles}


SNAPSHOT = metadata.parse_snapshot(
    publisher.snapshot(
        1,
        {
            role: role.encode()
            for role in (
                "root",
                "targets",
                "targets/a",
                "targets/a/b",
                "targets/c",
                "other",
            )
        },
    )
)


@pytest.mark.parametrize(
    ("uploaded", "loaded"),
    [
        (["snapshot"], ["root"]),
        (["root", "snapshot"], ["root"]),
        (["targets", "snapshot"], ["root"]),
        (["targets/a", "snapshot"], ["root", "targets"]),
        (["targets/a", "targets", "snapshot"], ["root"]),
        (["targets/a/b", "snapshot"], ["root", "targets", "targets/a"]),
        (["targets/x/y/z", "snapshot"], ["root", "targets"]),
        ([], ["root", "targets", "targets/a"]),
        (["targets"], ["root", "targets/a"]),
        (["targets/c/d"], ["root", "targets", "targets/a", "targets/c"]),
    ],
)
def test_only_the_files_that_the_checks_need_are_loaded(uploaded, loaded):
    wanted = files_to_load(_uploads(*uploaded), SNAPSHOT)
    assert wanted == {role: SNAPSHOT.meta[role].sha256 for role in loaded}


def test_nothing_is_loaded_of_a_new_gun():
    assert files_to_load(_uploads("root", "targets/a"), None) == {}


def _listing(**listed: bytes):
    signed = publisher.snapshot(2, {"root": b"root", "targets": b"targets", **listed})
    return {"snapshot": parse_upload("snapshot", sign(signed))}


def test_only_hashes_that_are_new_and_not_uploaded_are_looked_for():
    uploads = _listing(**{"targets/a": b"new", "targets/x": b"x", "targets/y": b"y"})
    uploads |= _uploads("targets/y")
    assert hashes_to_find(uploads, SNAPSHOT) == {
        "targets/a": digest(b"new"),
        "targets/x": digest(b"x"),
    }


def test_all_hashes_of_a_first_snapshot_are_looked_for():
    assert hashes_to_find(_listing(), None).keys() == {"root", "targets"}


@pytest.mark.parametrize("data", [b"{}", b"{}x", b'{"signed":{"_type":"Root"}}'])
def test_no_hashes_are_looked_for_without_a_readable_snapshot(data):
    assert hashes_to_find({"snapshot": parse_upload("snapshot", data)}, None) == {}
    assert hashes_to_find({}, SNAPSHOT) == {}
