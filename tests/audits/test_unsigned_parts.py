"""Cure53 TUF-01-001: what nobody signed, or nobody knows, must not break a collection.

In the Go server, one member that somebody on the way added to an upload made every
later publish fail until an operator removed the repository from the database.
"""

import json

import pytest

from tests.audits.reading import current
from tests.publisher import Publisher, sign, targets
from tests.web.serving import GUN

UNSIGNED = b'{"abc":"xyz",'


def with_an_unsigned_member(data):
    return UNSIGNED + data.removeprefix(b"{")


def publish(client, owner, version, changed, signed=None):
    """Publish targets and snapshot of a version, one of them changed on the way."""
    root = current(client)["root"]
    files = {"targets": sign(signed or targets(version), owner.targets_key)}
    if changed == "targets":
        files["targets"] = with_an_unsigned_member(files["targets"])
    files = owner.with_snapshot(files, version, root=root)
    if changed == "snapshot":
        files["snapshot"] = with_an_unsigned_member(files["snapshot"])
    got = client.upload(GUN, files)
    assert (got.status, got.body) == (200, b"")
    return files


@pytest.fixture
def own_snapshot(client, owner):
    """The owner of a published repository who makes the snapshots."""
    alone = Publisher(GUN, owner.timestamp_key, root_key=owner.root_key)
    assert client.upload(GUN, alone.first_publish()).status == 200
    return alone


@pytest.mark.parametrize("changed", ["targets", "snapshot"])
def test_a_member_that_nobody_signed_breaks_no_later_publish(
    client, own_snapshot, changed
):
    files = publish(client, own_snapshot, 2, changed)
    assert files[changed].startswith(UNSIGNED)
    found = current(client)
    assert {role: found[role] for role in files} == files
    files = publish(client, own_snapshot, 3, "nothing")
    assert {role: current(client)[role] for role in files} == files


def test_a_member_that_nobody_signed_breaks_no_snapshot_of_the_server(
    client, owner, published
):
    changed = publish(client, owner, 2, "targets")
    assert current(client)["targets"] == changed["targets"]
    files = publish(client, owner, 3, "nothing")
    assert current(client)["targets"] == files["targets"]


def test_a_member_that_nobody_knows_breaks_no_later_publish(client, owner, published):
    publish(client, owner, 2, "nothing", targets(2, abc={"x": [1, None]}))
    assert json.loads(current(client)["targets"])["signed"]["abc"] == {"x": [1, None]}
    publish(client, owner, 3, "nothing")


def test_a_member_that_nobody_signed_in_a_root_breaks_no_later_root(
    client, owner, published
):
    for version in (2, 3):
        root = sign(owner.root(version), owner.root_key)
        root = with_an_unsigned_member(root) if version == 2 else root
        assert client.upload(GUN, {"root": root}).status == 200
        assert current(client)["root"] == root


def test_files_that_are_not_written_as_go_writes_them_are_found_again(
    client, owner, published
):
    signed = json.loads(sign(targets(2), owner.targets_key))
    pretty = json.dumps(signed, indent=2).encode()
    assert client.upload(GUN, {"targets": pretty}).status == 200
    assert current(client)["targets"] == pretty
    publish(client, owner, 3, "nothing")
