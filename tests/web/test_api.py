"""The API as a client sees it: publish, read, keys, changes, delete."""

import hashlib
import json

import pytest

from tests.publisher import ed25519_key, sign, targets
from tests.web.serving import BOUNDARY, FORM, GUN, TUF, form, part, settings

EMPTY_HEADERS = {"date", "content-length", "x-request-id"}


def next_targets(owner, version):
    return {"targets": sign(targets(version), owner.targets_key)}


def test_what_was_published_is_served_byte_for_byte(client, published):
    got = client("GET", f"{TUF}root.json")
    assert got.status == 200
    assert got.body == published["root"]
    assert got.headers["content-type"] == "text/plain; charset=utf-8"
    assert got.headers["content-length"] == str(len(got.body))
    sha256 = hashlib.sha256(got.body).hexdigest()
    for path in (f"root.{sha256}.json", f"root.{sha256.upper()}.json", "01.root.json"):
        assert client("GET", TUF + path).body == got.body
    assert client("GET", f"{TUF}targets.{sha256}.json").status == 404
    assert json.loads(client("GET", f"{TUF}timestamp.json").body)["signed"]


def test_a_publish_is_answered_with_nothing(client, owner):
    got = client.upload(GUN, owner.first_publish())
    assert (got.status, got.body) == (200, b"")
    assert got.headers.keys() == EMPTY_HEADERS


def test_an_old_version_is_a_conflict(client, owner, published):
    got = client.upload(GUN, next_targets(owner, 1))
    assert got.body == (
        b'{"errors":[{"code":"VERSION","message":"A newer version of metadata is '
        b'already available.","detail":{}}]}\n'
    )


def test_a_broken_rule_is_explained(client, owner, published):
    got = client.upload(GUN, {"targets": sign(targets(2), ed25519_key())})
    assert got.status == 400
    assert got.code == "INVALID_UPDATE"
    assert got.error["detail"]["Name"] == "ErrBadTargets"


def test_chunked_and_expected_uploads_are_accepted(client, owner, published):
    body = form(next_targets(owner, 2))
    pieces = iter([body[:100], body[100:101], body[101:]])
    got = client("POST", TUF, pieces, FORM, encode_chunked=True)
    assert got.status == 200
    body = form(next_targets(owner, 3))
    head = (
        f"POST {TUF} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        f"Content-Type: {FORM['Content-Type']}\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    answer = client.raw(head.encode() + body)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert client("GET", f"{TUF}3.targets.json").status == 200


def test_a_delegation_is_uploaded_under_its_whole_name(client, published):
    body = part('form-data; filename="targets/../root"', b"{}")
    body += f"--{BOUNDARY}--\r\n".encode()
    got = client("POST", TUF, body, FORM)
    assert got.error["detail"] == "targets/../root"


def test_keys_have_the_member_order_of_the_go_server(client, owner):
    got = client("GET", f"{TUF}timestamp.key")
    assert got.headers["content-type"] == "text/plain; charset=utf-8"
    assert "cache-control" not in got.headers
    public = json.loads(got.body)["keyval"]["public"]
    assert got.body == (
        b'{"keytype":"ed25519","keyval":{"public":"%b","private":null}}'
        % public.encode()
    )


def test_a_rotated_key_is_not_yet_the_current_one(client, published):
    before = client("GET", f"{TUF}timestamp.key").body
    rotated = client("POST", f"{TUF}timestamp.key", b"ignored")
    assert rotated.status == 200
    assert rotated.body != before
    assert client("POST", f"{TUF}timestamp.key").body == rotated.body
    assert client("GET", f"{TUF}timestamp.key").body == before


def test_a_delete_removes_everything_and_is_recorded(client, published):
    got = client("DELETE", TUF)
    assert (got.status, got.body) == (200, b"")
    assert got.headers.keys() == EMPTY_HEADERS
    assert client("GET", f"{TUF}root.json").status == 404
    assert client("DELETE", TUF).status == 200
    feed = client("GET", f"/v2/{GUN}/_trust/changefeed?records=10")
    changes = json.loads(feed.body)
    assert changes["count"] == 2
    assert [change["Category"] for change in changes["records"]] == [
        "update",
        "deletion",
    ]
    assert feed.headers["content-type"] == "text/plain; charset=utf-8"


def test_the_feed_of_all_repositories_starts_where_it_is_told(client, owner, published):
    client.upload(GUN, next_targets(owner, 2))
    every = json.loads(client("GET", "/v2/_trust/changefeed").body)
    assert [change["Version"] for change in every["records"]] == [1, 2]
    first = every["records"][0]["ID"]
    later = client("GET", f"/v2/_trust/changefeed?records=1&change_id={first}").body
    assert json.loads(later)["records"] == every["records"][1:]
    bad = client("GET", "/v2/_trust/changefeed?records=x")
    assert bad.code == "INVALID_PARAMETERS"
    other = client("GET", "/v2/nobody/_trust/changefeed").body
    assert other == b'{"count":0,"records":[]}'


@pytest.mark.parametrize("gun", ["a%00b", "a%FFb", "a%C2%85b", "%C3%A9" * 128])
def test_a_gun_that_cannot_be_stored_is_told_why(client, gun):
    for method, path in (
        ("POST", ""),
        ("GET", "timestamp.key"),
        ("POST", "snapshot.key"),
    ):
        got = client(method, f"/v2/{gun}/_trust/tuf/{path}", b"x")
        assert got.status == 400
        assert got.code == "INVALID_GUN"
        assert got.error["detail"].startswith("The name is ")
    assert client("DELETE", f"/v2/{gun}/_trust/tuf/").status == 200
    feed = client("GET", f"/v2/{gun}/_trust/changefeed?records=1")
    assert feed.body == b'{"count":0,"records":[]}'


PREFIXES = ("docker.io/", "my.reg/x/")


@pytest.mark.parametrize("gun", ["other/a", "docker.io", "docker.ioa/b", "my.reg/x"])
def test_guns_outside_the_prefixes_are_not_served(serving, gun):
    with serving(configured=settings(PREFIXES)) as client:
        refused = client("POST", f"/v2/{gun}/_trust/tuf/", form({}), FORM)
        assert refused.status == 400
        assert refused.error["detail"] == (
            "Require GUNs with prefix: [docker.io/ my.reg/x/]"
        )
        for method, path in (
            ("GET", "tuf/root.json"),
            ("GET", "tuf/1.root.json"),
            ("DELETE", "tuf/"),
            ("GET", "tuf/timestamp.key"),
            ("POST", "tuf/timestamp.key"),
            ("GET", "changefeed?records=1"),
        ):
            got = client(method, f"/v2/{gun}/_trust/{path}")
            assert got.status == 404
            assert "detail" not in got.error


@pytest.mark.parametrize("gun", ["docker.io/a", "my.reg/x/y"])
def test_guns_with_a_prefix_are_served(serving, gun):
    with serving(configured=settings(PREFIXES)) as client:
        assert client("GET", f"/v2/{gun}/_trust/tuf/timestamp.key").status == 200
        assert client("GET", "/v2/_trust/changefeed").status == 200
        assert client("GET", "/v2/").status == 200
