"""Updates with delegations: each is signed as the file above it says."""

import pytest

from tests import publisher
from tests.publisher import NOW, PAST, Key, delegation, ecdsa_key, sign, targets
from tests.tuf.stored import Stored
from tests.tuf.uploads import below, delegating, new_targets, next_root


def test_a_delegation_is_signed_as_the_targets_uploaded_with_it_say(server):
    """Go: TargetsParentInUpdate."""
    key = ecdsa_key()
    files = {
        "targets/a/b": below(key),
        "targets/a": below(key, "targets/a/b"),
        "targets": delegating(server, key, "targets/a"),
    }
    server.publish(files)
    assert server.listed().keys() == {"root", *files}


def test_a_delegation_is_signed_as_the_stored_targets_say(server):
    """Go: TargetsRequiresStoredParent."""
    key = ecdsa_key()
    server.publish({"targets": delegating(server, key, "targets/a")})
    server.publish({"targets/a": below(key, "targets/a/b")})
    server.publish({"targets/a/b": below(key)})
    assert {"targets/a", "targets/a/b"} < server.listed().keys()


def test_the_stored_parents_of_a_delegation_may_have_expired(server):
    key = ecdsa_key()
    server.publish({"targets": delegating(server, key, "targets/a")})
    later = NOW.replace(year=2037)
    fresh = sign(targets(1, expires="2040-01-01T00:00:00Z"), key)
    assert server.check({"targets/a": fresh}, later).uploaded[0].role == "targets/a"


def test_a_stored_parent_counts_only_while_the_root_trusts_it(server):
    key = ecdsa_key()
    server.publish({"targets": delegating(server, key, "targets/a")})
    server.owner.targets_key = ecdsa_key()
    server.publish({"root": next_root(server)})
    assert server.refusal({"targets/a": below(key)}) == (
        "ErrBadTargets",
        "valid signatures did not meet threshold for targets",
    )


def test_a_delegation_that_its_parent_does_not_list_is_refused(server):
    """Go: TargetsRoleNotInParent."""
    key = ecdsa_key()
    server.publish({"targets": delegating(server, key, "targets/a")})
    server.publish({"targets/a": below(key)})
    for role in ("targets/b", "targets/a/b", "targets/b/c"):
        assert server.refusal({role: below(key)}) == (
            "ErrBadTargets",
            f"tuf: invalid role {role}. delegation does not exist",
        )


def test_a_delegation_is_refused_once_any_file_above_it_drops_its_parent(server):
    key = ecdsa_key()
    server.publish(
        {
            "targets": delegating(server, key, "targets/a"),
            "targets/a": below(key, "targets/a/b"),
        }
    )
    files = {"targets": new_targets(server, 3), "targets/a/b": below(key)}
    name, message = server.refusal(files)
    assert name == "ErrBadTargets"
    assert message.endswith("delegation does not exist")


def test_a_delegation_without_any_targets_is_refused():
    stored = Stored(server_signs_snapshot=True)
    files = {
        "root": sign(stored.owner.root(), stored.owner.root_key),
        "targets/a": below(ecdsa_key()),
    }
    assert stored.refusal(files) == ("ErrBadTargets", "targets must be loaded first")


def test_a_delegation_that_a_stranger_signed_is_refused(server):
    server.publish({"targets": delegating(server, ecdsa_key(), "targets/a")})
    assert server.refusal({"targets/a": below(ecdsa_key())}) == (
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
    server.publish({"targets": delegating(server, key, "targets/a")})
    files = {"targets/a": sign({**targets(), **members}, key)}
    assert server.refusal(files) == ("ErrBadTargets", message)


def test_the_structure_of_a_delegation_is_checked_before_its_signatures(server):
    server.publish({"targets": delegating(server, ecdsa_key(), "targets/a")})
    _name, message = server.refusal({"targets/a": sign(targets(0))})
    assert "version cannot be less than one" in message


def test_the_paths_of_a_delegation_do_not_bind_its_targets(server):
    key = ecdsa_key()
    narrow = {**delegation("targets/a", key), "paths": ["only/this"]}
    server.publish({"targets": new_targets(server, listed=[key], delegations=[narrow])})
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
    server.publish({"targets": delegating(server, key, "targets/a")})
    files = {"targets/a": below(key)}
    if kind == "short":
        assert server.refusal(files) == ("ErrBadTargets", "RSA bit length is too short")
    else:
        assert server.check(files)


def test_a_delegation_key_with_an_unreadable_certificate_is_skipped(server):
    good, bad = ecdsa_key(), Key(None, publisher.PublicKey("ecdsa-x509", b"x"))
    role = delegation("targets/a", bad, good)
    server.publish(
        {"targets": new_targets(server, listed=[good, bad], delegations=[role])}
    )
    assert server.check({"targets/a": below(good)})
