"""What stands between targets and a delegation: every file, and every key of each."""

import pytest

from tests.publisher import Key, PublicKey, delegation, ecdsa_key, x509_key
from tests.tuf.stored import Stored
from tests.tuf.uploads import below, delegating, new_targets

UNREADABLE = PublicKey("ecdsa-x509", b"x")
EMPTY = PublicKey("ecdsa-x509", None)


def _signed_by(stored: Stored, *listed: Key) -> None:
    """Publish targets with one delegation that any of these keys may sign."""
    role = delegation("targets/a", *listed)
    files = {"targets": new_targets(stored, listed=listed, delegations=[role])}
    stored.publish(files)


@pytest.mark.parametrize("first", [UNREADABLE, EMPTY], ids=["unreadable", "empty"])
def test_a_certificate_that_cannot_be_read_hides_no_weak_one_behind_it(
    server, first, rsa_1024
):
    good, weak = ecdsa_key(), x509_key("x", rsa_1024)
    _signed_by(server, Key(None, first), weak, good)
    refusal = ("ErrBadTargets", "RSA bit length is too short")
    assert server.refusal({"targets/a": below(good)}) == refusal


def test_a_key_without_any_content_signs_nothing_and_does_no_harm(server):
    good = ecdsa_key()
    _signed_by(server, Key(None, EMPTY), good)
    assert server.check({"targets/a": below(good)})
    message = "valid signatures did not meet threshold for targets/a"
    assert server.refusal({"targets/a": below(ecdsa_key())}) == (
        "ErrBadTargets",
        message,
    )


@pytest.mark.parametrize("role", ["targets/a/b", "targets/a/b/c"])
def test_a_delegation_below_a_file_that_nobody_uploaded_is_refused(server, role):
    key = ecdsa_key()
    server.publish({"targets": delegating(server, key, "targets/a")})
    message = f"tuf: invalid role {role}. delegation does not exist"
    assert server.refusal({role: below(key)}) == ("ErrBadTargets", message)
