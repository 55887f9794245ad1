"""What a snapshot made by the server lists: all that targets lead to, and no more."""

from notary.tuf import filemeta, moment
from notary.tuf.envelope import parse_upload
from notary.tuf.listing import snapshot_meta
from notary.tuf.metadata import Snapshot
from notary.tuf.repository import Current, RoleFile
from tests.publisher import delegation, ecdsa_key, sign, targets

KEY = ecdsa_key()
ROOT_AND_TARGETS = ["root", "targets"]


def _file(*names: str) -> bytes:
    """Return a targets file that delegates to these names."""
    roles = [delegation(name, KEY) for name in names]
    return sign(targets(listed=[KEY], delegations=roles), KEY)


def _current(listed: list[str], **files: bytes) -> Current:
    """Return what is stored: a snapshot that lists, in this order, and these files."""
    meta = {role: filemeta.describe(files.get(role, b"")) for role in listed}
    stored = {role: RoleFile(role, data) for role, data in files.items()}
    return Current(snapshot=Snapshot(1, moment.ZERO, meta), files=stored)


def test_the_order_in_which_a_publisher_listed_the_files_does_not_matter():
    files = {"targets": _file("targets/a"), "targets/a": _file("targets/a/b")}
    listed = ["targets/a/b", "targets/a", *reversed(ROOT_AND_TARGETS)]
    kept = snapshot_meta(_current(listed, **files), {})
    assert list(kept) == [*ROOT_AND_TARGETS, "targets/a", "targets/a/b"]


def test_a_new_parent_of_a_delegation_that_is_listed_already_keeps_it_listed():
    current = _current([*ROOT_AND_TARGETS, "targets/a/b"], targets=_file("targets/a"))
    upload = parse_upload("targets/a", _file("targets/a/b"))
    kept = snapshot_meta(current, {"targets/a": upload})
    assert set(kept) == {*ROOT_AND_TARGETS, "targets/a", "targets/a/b"}
    assert kept["targets/a"] == upload.meta


def test_what_is_below_a_file_that_is_not_at_hand_stays_listed():
    listed = [*ROOT_AND_TARGETS, "targets/a", "targets/a/b"]
    assert set(snapshot_meta(_current(listed), {})) == set(listed)
    at_hand = _current(listed, targets=_file("targets/a"))
    assert set(snapshot_meta(at_hand, {})) == set(listed)


def test_what_is_below_a_file_that_cannot_be_read_stays_listed():
    listed = [*ROOT_AND_TARGETS, "targets/a"]
    assert set(snapshot_meta(_current(listed, targets=b"{"), {})) == set(listed)


def test_what_is_no_name_of_a_file_is_not_listed_on():
    odd = ["timestamp", "snapshot", "root/a", "targets/A", "targets//a", "mirrors", ""]
    listed = [*ROOT_AND_TARGETS, *odd]
    assert list(snapshot_meta(_current(listed), {})) == ROOT_AND_TARGETS
    current = _current(listed, root=_file(), targets=_file("targets/a"))
    assert list(snapshot_meta(current, {})) == ROOT_AND_TARGETS


def test_below_a_delegation_that_is_dropped_everything_is():
    files = {"targets": _file("targets/c"), "targets/a": _file("targets/a/b")}
    listed = [*ROOT_AND_TARGETS, "targets/a", "targets/a/b", "targets/c"]
    kept = snapshot_meta(_current(listed, **files), {})
    assert list(kept) == [*ROOT_AND_TARGETS, "targets/c"]


def test_what_is_stored_does_not_change_with_what_is_listed_next():
    current = _current(ROOT_AND_TARGETS, targets=_file("targets/a"))
    before = dict(current.snapshot.meta)
    snapshot_meta(current, {"targets/a": parse_upload("targets/a", _file())})
    assert current.snapshot.meta == before
