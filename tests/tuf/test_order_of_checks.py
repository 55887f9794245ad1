"""Of several files that are wrong, the first is told: root, parents, then by name."""

import pytest

from notary.tuf import names
from tests import publisher
from tests.publisher import ecdsa_key, sign
from tests.tuf.uploads import below, delegating, unpublished


def test_roles_are_checked_by_depth_and_then_by_name():
    in_order = [
        "root",
        "mirrors",
        "snapshot",
        "targets",
        "targets/a",
        "targets/b",
        "targets/a/a",
        "targets/a/b",
        "targets/b/a",
        "targets/a/a/a",
    ]
    assert sorted(set(in_order), key=names.parents_first) == in_order


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["targets/a/b", "targets/c"], "targets/c"),
        (["targets/c", "targets/a"], "targets/a"),
        (["targets/a/b", "targets/a"], "targets/a"),
        (["targets/c", "targets/a/b", "targets"], "targets"),
    ],
)
def test_of_several_files_that_a_stranger_signed_the_first_is_told(server, wrong, told):
    key = ecdsa_key()
    server.publish(
        {
            "targets": delegating(server, key, "targets/a", "targets/c"),
            "targets/a": below(key, "targets/a/b"),
        }
    )
    message = f"valid signatures did not meet threshold for {told}"
    files = {role: below(ecdsa_key()) for role in wrong}
    assert server.refusal(files) == ("ErrBadTargets", message)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["targets", "root"], "root"),
        (["targets/a", "targets"], "targets"),
        (["targets/a/b", "targets/c"], "targets/c"),
    ],
)
def test_of_several_files_that_a_snapshot_lists_wrongly_the_first_is_told(wrong, told):
    stored, files = unpublished()
    key = ecdsa_key()
    files["targets"] = delegating(stored, key, "targets/a", "targets/c", version=1)
    files["targets/a"] = below(key, "targets/a/b")
    files |= {"targets/a/b": below(key), "targets/c": below(key)}
    del files["snapshot"]
    listed = files | dict.fromkeys(wrong, b"another file")
    signed = publisher.snapshot(1, dict(reversed(listed.items())))
    uploaded = {role: files[role] for role in [*wrong, *files]}
    uploaded["snapshot"] = sign(signed, stored.owner.own_snapshot_key)
    name, message = stored.refusal(uploaded)
    assert name == "ErrBadSnapshot"
    assert message.startswith(f"sha256 checksum for {told} did not match")
