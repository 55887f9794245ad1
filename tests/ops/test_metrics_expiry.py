"""What expires: certificates that are in use, and metadata that is current."""

from datetime import UTC, datetime, timedelta

import pytest

from notary.ops import expiring
from notary.ops.expiring import MAX_SOON, Soon, Tally
from notary.ops.metrics import Metrics
from notary.ops.metrics_expiry import Expiring
from notary.storage.store import NewFile, StoredFile
from notary.tuf import moment
from tests.ops.pages import samples
from tests.publisher import (
    NOW,
    certificate,
    ecdsa_key,
    ed25519_key,
    sign,
    snapshot,
    targets,
)

GUN = "example.com/app"
KEY = ed25519_key()
DAYS = "notary_certificate_expiry_days"


def in_days(days, **more):
    return moment.rfc3339(NOW + timedelta(days=days, **more))


def stored(role, data):
    file = NewFile.of(role, 1, data)
    return StoredFile(role, 1, data, file.sha256, NOW)


def repository(days, *, delegation=None, removed=None):
    """Return the files of a repository whose targets expire in so many days."""
    roles = {
        "root": sign(targets(expires=in_days(1000)), KEY),
        "targets": sign(targets(expires=in_days(days)), KEY),
    }
    if delegation is not None:
        roles["targets/a"] = sign(targets(expires=in_days(delegation)), KEY)
    data = sign(snapshot(1, roles, expires=in_days(1000)), KEY)
    roles["snapshot"] = data
    if removed is not None:
        roles["targets/old"] = sign(targets(expires=in_days(removed)), KEY)
    return [stored(role, data) for role, data in roles.items()]


def counted(repositories):
    tally = Tally(NOW)
    for gun, files in repositories.items():
        for file in files:
            tally.add(expiring.read(gun, file))
    return tally.finished(), tally.soon


@pytest.mark.parametrize(
    ("days", "within"),
    [
        (-1, {0, 1, 7, 30, 90}),
        (0, {0, 1, 7, 30, 90}),
        (0.5, {1, 7, 30, 90}),
        (6, {7, 30, 90}),
        (29, {30, 90}),
        (90, {90}),
        (91, set()),
    ],
)
def test_a_file_counts_within_all_the_days_that_are_enough(days, within):
    found, _ = counted({GUN: repository(days)})
    assert found.counts == {("targets", each): 1 for each in within}


def test_delegations_are_counted_together_and_removed_ones_not_at_all():
    found, _ = counted({GUN: repository(100, delegation=20, removed=1)})
    assert found.counts == {("delegation", 30): 1, ("delegation", 90): 1}


def test_repositories_are_told_apart():
    found, _ = counted({"a": repository(20), "b": repository(2), "c": repository(99)})
    assert found.counts == {
        ("targets", 7): 1,
        ("targets", 30): 2,
        ("targets", 90): 2,
    }


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"null", b'{"signed": []}', b"\xff", b'{"signed": {"expires": 7}}'],
)
def test_what_cannot_be_read_is_counted_as_such(data):
    found, _ = counted({GUN: [stored("snapshot", data)]})
    assert (found.counts, found.unreadable) == ({}, 1)


def test_what_owners_should_sign_soon_is_named_up_to_a_limit():
    _, soon = counted({GUN: repository(2, delegation=8), "b": repository(-1)})
    assert soon == [Soon(GUN, "targets", 2)]
    _, soon = counted({f"gun-{n}": repository(1) for n in range(MAX_SOON + 1)})
    assert len(soon) == MAX_SOON


def test_nothing_is_shown_before_the_first_count_and_then_every_role():
    metrics = Metrics()
    show = metrics.show_expiring()
    assert "notary_metadata_expiring{" not in metrics.page().decode()
    show(Expiring({("root", 7): 3}, 2, 1000.0))
    found = samples(metrics.page().decode())
    assert found["notary_metadata_expiring", "root", "7"] == 3
    assert found["notary_metadata_expiring", "delegation", "90"] == 0
    assert found[("notary_metadata_unreadable",)] == 2
    assert found[("notary_metadata_counted_timestamp_seconds",)] == 1000


@pytest.fixture
def shown():
    """Show certificates as those of a server; return the days that are told."""

    def days_of(*certificates):
        metrics = Metrics()
        metrics.watch_certificates("server", lambda: certificates)
        return samples(metrics.page().decode()).get((DAYS, "server"))

    return days_of


def lasting(days):
    end = datetime.now(UTC) + timedelta(days=days)
    start = end - timedelta(days=1000)
    return certificate(ecdsa_key().private, "a", not_before=start, not_after=end)


def test_of_several_certificates_the_first_to_expire_is_shown(shown):
    days = shown(lasting(20), lasting(5), lasting(300))
    assert days == pytest.approx(5, abs=0.01)


def test_a_certificate_that_has_expired_has_negative_days(shown):
    assert shown(lasting(-3)) == pytest.approx(-3, abs=0.01)


def test_without_certificates_nothing_is_shown(shown):
    assert shown() is None


def test_what_is_loaded_later_is_shown_from_then_on():
    metrics, loaded = Metrics(), [lasting(3)]
    metrics.watch_certificates("server", lambda: loaded)
    loaded[:] = [lasting(400)]
    days = samples(metrics.page().decode())[DAYS, "server"]
    assert days == pytest.approx(400, abs=0.01)
