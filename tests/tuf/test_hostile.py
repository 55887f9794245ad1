"""Hostile input: whatever is uploaded or stored, only our own errors come out.

Files recorded from real clients are broken in every way that hypothesis finds.
"""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notary.tuf import certificates, repository
from notary.tuf.envelope import parse_upload
from notary.tuf.errors import InvalidUpdate, TUFError
from notary.tuf.repository import Current, RoleFile, hashes_to_find
from notary.tuf.update import check_update
from tests import publisher
from tests.publisher import NOW, delegation, sign, targets
from tests.tuf.broken import HOSTILE, KEY, READERS, ROLES, broken_certificates, swapped
from tests.tuf.stored import GUN, Stored, published

# Hostile certificates make the cryptography library warn, rightly.
pytestmark = pytest.mark.filterwarnings("ignore")


@given(st.sampled_from(ROLES), HOSTILE)
@settings(max_examples=500)
def test_any_upload_is_read_or_refused_by_an_error_of_ours(role, data):
    with contextlib.suppress(TUFError):
        upload = parse_upload(role, data)
        assert upload.data == data


@given(st.sampled_from(READERS), HOSTILE)
@settings(max_examples=500)
def test_any_stored_file_is_read_or_refused_by_an_error_of_ours(reader, data):
    with contextlib.suppress(TUFError):
        reader(data)


@given(broken_certificates() | st.binary())
@settings(max_examples=400)
def test_any_certificate_is_judged_or_refused_by_an_error_of_ours(pem):
    with contextlib.suppress(TUFError):
        for item in certificates.parse_bundle(pem):
            certificates.names_gun(item, GUN)
            certificates.is_ca(item)
            certificates.check_strength(item)
            certificates.is_in_force(item, NOW)
            certificates.public_der(item)


def _stored(*, server_signs_snapshot: bool) -> Stored:
    """Return a repository with a delegation in which hostile uploads end up."""
    stored = published(server_signs_snapshot=server_signs_snapshot)
    signed = targets(2, listed=[KEY], delegations=[delegation("targets/a", KEY)])
    files = {"targets": sign(signed, stored.owner.targets_key)}
    files["targets/a"] = sign(targets(), KEY)
    if not server_signs_snapshot:
        snapshot = publisher.snapshot(
            2, {"root": stored.by_hash[stored.listed()["root"]], **files}
        )
        files["snapshot"] = sign(snapshot, stored.owner.own_snapshot_key)
    stored.publish(files)
    return stored


REPOSITORIES = [
    Stored(),
    _stored(server_signs_snapshot=False),
    _stored(server_signs_snapshot=True),
]


@given(
    st.sampled_from(REPOSITORIES),
    st.dictionaries(st.sampled_from(ROLES), HOSTILE, max_size=4),
    st.booleans(),
)
@settings(max_examples=500)
def test_any_update_is_accepted_or_refused_by_an_error_of_ours(
    stored, files, with_root
):
    if with_root and stored is REPOSITORIES[0]:
        files = {**stored.owner.first_publish(), **files}
    with contextlib.suppress(TUFError):
        accepted = stored.check(files)
        accepted.next_timestamp(accepted.next_snapshot().payload)


@given(st.data())
@settings(max_examples=200)
def test_an_update_over_hostile_stored_files_is_refused_by_an_error_of_ours(data):
    stored = REPOSITORIES[2]
    role = data.draw(st.sampled_from(["root", "targets", "targets/a"]))
    hostile = data.draw(HOSTILE)
    uploads = {"targets/a": parse_upload("targets/a", sign(targets(2), KEY))}
    current = stored.current(uploads)
    files = {**current.files, role: RoleFile(role, hostile)}
    rotten = Current(current.timestamp, current.snapshot, files)
    with contextlib.suppress(TUFError):
        accepted = check_update(GUN, rotten, set(), uploads, NOW)
        accepted.next_snapshot()


@given(swapped())
@settings(max_examples=200)
def test_a_hostile_snapshot_never_hides_the_hashes_it_points_to(data):
    with contextlib.suppress(TUFError):
        uploads = {"snapshot": parse_upload("snapshot", data)}
        wanted = hashes_to_find(uploads, None)
        listed = repository.read_snapshot(data).meta
        assert wanted == {role: item.sha256 for role, item in listed.items()}


@given(st.dictionaries(st.sampled_from(ROLES), swapped(), min_size=1, max_size=2))
@settings(max_examples=200)
def test_messages_fit_into_the_answer_that_clients_read(files):
    message = ""
    try:
        REPOSITORIES[2].check(files)
    except InvalidUpdate as error:
        message = error.message
    except TUFError:
        pass
    assert len(message) < 700
