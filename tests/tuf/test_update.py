"""Updates: what is stored of an upload, and that the rest is the server's to make.

The rules are in ``test_update_*``, one file for each role, in the order in which the
core applies them. ``Go:`` names the tests of the Go server that make the same point.
"""

import itertools

import pytest

from notary.tuf import repository
from tests.tuf.stored import Stored, digest
from tests.tuf.uploads import new_targets, unpublished, with_snapshot

BASE = ("root", "targets", "snapshot")


def test_a_first_publish_is_accepted_and_stored_with_the_snapshot_last():
    stored, files = unpublished()
    accepted = stored.check(dict(reversed(files.items())))
    assert [item.role for item in accepted.uploaded] == ["root", "targets", "snapshot"]
    assert {item.role: item.data for item in accepted.uploaded} == files
    assert {item.version for item in accepted.uploaded} == {1}
    assert accepted.has_snapshot


def test_a_first_publish_may_leave_the_snapshot_to_the_server():
    """Go: SnapshotGenerateNoPrev."""
    stored, files = unpublished(server_signs_snapshot=True)
    accepted = stored.publish(files)
    assert not accepted.has_snapshot
    assert stored.listed() == {role: digest(data) for role, data in files.items()}


def test_the_order_in_which_files_come_does_not_matter():
    stored, files = unpublished()
    for order in itertools.permutations(files.items()):
        assert stored.check(dict(order)) == stored.check(files)


def test_an_uploaded_timestamp_is_ignored_whatever_it_holds():
    stored, files = unpublished()
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
    stored, files = unpublished()
    del files["root"]
    name, message = stored.refusal({role: files[role]})
    assert name == "ErrValidation"
    assert message == "no pre-existing root and no root provided in update."


def test_the_same_upload_again_passes_here_and_is_left_to_the_store(server):
    files = {"targets": new_targets(server)}
    server.publish(files)
    assert server.check(files).uploaded[0].version == 2


def test_an_update_does_not_show_the_uploaded_bytes_in_its_repr(client):
    files = with_snapshot(client, {"targets": new_targets(client)})
    assert all(
        repr(item.data) not in repr(item) for item in client.check(files).uploaded
    )
