"""NCC CS-DRNT15-3, Cure53 TUF-01-002: versions so high that nothing can follow.

Who holds the key of a role can use up its versions: nothing in TUF forbids it. It must
not take anything else with it, and who owns the repository must have a way out.
"""

import json

import pytest

from tests.audits.reading import current
from tests.publisher import Publisher, sign, snapshot, targets
from tests.web.serving import GUN, TUF

LAST = 2**31 - 1


def version(client, role):
    return json.loads(current(client)[role])["signed"]["version"]


def upload_targets(client, owner, number):
    return client.upload(GUN, {"targets": sign(targets(number), owner.targets_key)})


@pytest.mark.parametrize("number", [LAST + 1, 2**32, 2**53])
def test_a_version_that_no_database_can_hold_is_refused_and_changes_nothing(
    client, owner, published, number
):
    before = current(client)
    got = upload_targets(client, owner, number)
    assert (got.status, got.code) == (400, "INVALID_UPDATE")
    assert str(LAST) in got.error["detail"]["Error"]["Msg"]
    assert current(client) == before
    assert upload_targets(client, owner, 2).status == 200


def test_the_last_version_of_one_role_leaves_all_others_their_own(
    client, owner, published
):
    assert upload_targets(client, owner, LAST).status == 200
    assert version(client, "targets") == LAST
    assert version(client, "timestamp") == 2
    got = upload_targets(client, owner, LAST + 1)
    assert (got.status, got.code) == (400, "INVALID_UPDATE")
    root = sign(owner.root(2), owner.root_key)
    assert client.upload(GUN, {"root": root}).status == 200
    assert version(client, "root") == 2
    assert version(client, "timestamp") == 3


def test_a_repository_whose_versions_are_used_up_can_be_made_anew(
    client, owner, published
):
    assert upload_targets(client, owner, LAST).status == 200
    assert client("DELETE", TUF).status == 200
    assert client.upload(GUN, owner.first_publish()).status == 200
    assert version(client, "targets") == 1


def test_nobody_outside_chooses_the_version_of_a_timestamp(client, owner, published):
    signed = {
        "_type": "Timestamp",
        "expires": "2099-01-01T00:00:00Z",
        "meta": {},
        "version": LAST,
    }
    files = {"timestamp": sign(signed, owner.targets_key)}
    assert client.upload(GUN, files).status == 200
    assert version(client, "timestamp") == 2


def test_a_snapshot_that_has_no_next_version_is_not_handed_to_the_server(client, owner):
    alone = Publisher(GUN, owner.timestamp_key, root_key=owner.root_key)
    assert client.upload(GUN, alone.first_publish()).status == 200
    root = current(client)["root"]
    files = {"targets": sign(targets(2), alone.targets_key)}
    signed = snapshot(LAST, {"root": root, **files})
    files["snapshot"] = sign(signed, alone.own_snapshot_key)
    assert client.upload(GUN, files).status == 200
    before = current(client)
    alone.snapshot_key = owner.snapshot_key
    got = client.upload(GUN, {"root": sign(alone.root(2), alone.root_key)})
    assert (got.status, got.code) == (400, "INVALID_UPDATE")
    assert current(client) == before
