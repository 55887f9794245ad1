"""Faults and the log: what the client learns, and what the operator does."""

import hashlib
from datetime import timedelta

import pytest
from attrs import evolve

from notary.server.publish import publish
from notary.storage.memory import MemoryStore
from notary.storage.store import NewFile
from notary.tuf.envelope import parse_upload
from tests.publisher import NOW, sign
from tests.server.doubles import SignerDown, SignerWithoutKeys, StoreDown
from tests.web.conftest import new_service
from tests.web.serving import GUN, TUF


def test_a_fault_behind_the_server_is_a_503_and_says_nothing(serving):
    for service in (new_service(store=StoreDown()), new_service(signer=SignerDown())):
        with serving(service) as client:
            got = client("GET", f"{TUF}timestamp.key")
        assert got.status == 503
        assert int(got.headers["retry-after"]) > 0
        assert got.error == {
            "code": "UNAVAILABLE",
            "message": "The service is temporarily unavailable.",
        }


def test_the_log_says_what_is_unavailable(serving, events):
    with serving(new_service(store=StoreDown())) as client:
        got = client("GET", f"{TUF}root.json")
    assert b"database" not in got.body
    (line,) = [event for event in events if "problem" in event]
    assert line["problem"].endswith("temporarily unavailable. the database is down")
    assert line["http.request.id"] == got.headers["x-request-id"]


class BrokenStore(MemoryStore):
    """A store with a bug."""

    async def newest_of(self, roles):
        raise ZeroDivisionError("a secret")


def test_a_bug_is_answered_and_logged_but_not_shown(serving, events):
    with serving(new_service(store=BrokenStore())) as client:
        got = client("GET", f"{TUF}root.json", headers={"X-Request-Id": "me.1"})
        assert client("GET", "/v2/").status == 200
    assert got.status == 500
    assert got.body == b'{"errors":[{"code":"UNKNOWN","message":"unknown error"}]}\n'
    assert got.headers["x-request-id"] == "me.1"
    (failed,) = [event for event in events if "log_failure" in event]
    assert failed["http.request.id"] == "me.1"
    assert "a secret" in str(failed["log_failure"].value)


def test_a_request_leaves_one_line_with_its_facts(client, events):
    got = client("GET", "/v2/{x}/_trust/tuf/root.json", headers={"User-Agent": "u/1"})
    completed = [
        event for event in events if event["log_format"] == "response completed"
    ]
    (event,) = completed
    assert event["gun"] == "{x}"
    assert event["http.request.method"] == "GET"
    assert event["http.request.uri"] == "/v2/{x}/_trust/tuf/root.json"
    assert event["http.request.useragent"] == "u/1"
    assert event["http.request.host"] == f"127.0.0.1:{client.port}"
    assert event["http.request.remoteaddr"].startswith("127.0.0.1:")
    assert event["http.request.id"] == got.headers["x-request-id"]
    assert event["http.response.status"] == 404
    assert event["http.response.written"] == len(got.body)
    assert event["http.response.contenttype"] == "application/json; charset=utf-8"


def test_a_publish_and_a_delete_are_logged_with_their_facts(client, owner, events):
    client.upload(GUN, owner.first_publish())
    timestamp = client("GET", f"{TUF}timestamp.json").body
    client("DELETE", TUF)
    logged = {event["log_format"]: event for event in events}
    publish = logged["updated {gun} to timestamp version {version}, checksum {sha256}"]
    assert (publish["gun"], publish["version"]) == (GUN, 1)
    assert publish["sha256"] == hashlib.sha256(timestamp).hexdigest()
    assert logged["trust data deleted for {gun}"]["gun"] == GUN


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "\xe9", "a;b"])
def test_a_request_id_that_is_not_sane_is_replaced(client, given):
    got = client("GET", "/v2/", headers={"X-Request-Id": given.encode("latin-1")})
    assert len(got.headers["x-request-id"]) == 36
    mine = client("GET", "/v2/", headers={"X-Request-Id": "x" * 128})
    assert mine.headers["x-request-id"] == "x" * 128


def test_there_is_no_server_header(client):
    for path in ("/v2/", "/nope", "//"):
        assert "server" not in client("GET", path).headers


def test_stored_metadata_that_cannot_be_read_is_a_fault_of_the_server(
    serving, service, run
):
    corrupt = NewFile.of("timestamp", 1, b"{}")
    run(service.store.publish(GUN, [corrupt], None, NOW))
    with serving(service) as client:
        for role in ("root", "timestamp"):
            got = client("GET", f"{TUF}{role}.json")
            assert (got.status, got.code, got.error["detail"]) == (500, "UNKNOWN", {})


def test_an_expired_timestamp_below_an_expired_root_names_the_root(
    serving, service, owner, run
):
    files = owner.first_publish()
    root = owner.root(expires="2026-11-23T12:00:00Z")
    files["root"] = sign(root, owner.root_key)
    run(_publish(service, files))
    with serving(evolve(service, now=lambda: NOW + timedelta(days=15))) as client:
        got = client("GET", f"{TUF}timestamp.json")
    assert (got.status, got.code) == (500, "UNKNOWN")
    assert got.error["detail"] == {
        "Role": "root",
        "Expired": "Mon Nov 23 12:00:00 UTC 2026",
    }


def test_an_expired_timestamp_whose_key_is_lost_is_a_fault_of_the_server(
    serving, service, owner, run
):
    run(_publish(service, owner.first_publish()))
    later = evolve(
        service, now=lambda: NOW + timedelta(days=15), signer=SignerWithoutKeys()
    )
    with serving(later) as client:
        got = client("GET", f"{TUF}timestamp.json")
        assert client("GET", f"{TUF}root.json").status == 200
    assert (got.status, got.code, got.error["detail"]) == (500, "UNKNOWN", {})


async def _publish(service, files):
    uploads = {role: parse_upload(role, data) for role, data in files.items()}
    await publish(service, GUN, uploads)
