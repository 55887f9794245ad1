"""With authentication on, only health and metrics are answered without a token."""

import json

import pytest

from notary.auth.keyset import libtrust_id
from notary.web.routes import OPEN, ROUTES, Route
from tests.auth.minting import claims, token
from tests.web.serving import FORM, GUN, TUF, form, settings
from tests.web.test_routes import path_of

REALM = 'Bearer realm="https://auth.example.com/token",service="notary.example.com"'
CATALOG = {"type": "registry", "name": "catalog", "actions": ["*"]}


@pytest.fixture
def client(serving, service, gate):
    with serving(service, settings(("example.com/",)), gate.authenticator) as found:
        yield found


@pytest.fixture
def bearing(issuer):
    """Return the header with a token for these actions on the repository."""

    def header(*actions, more=(), **changed):
        access = {"type": "repository", "name": GUN, "actions": actions}
        body = claims(access=[access, *more], **changed)
        kid = libtrust_id(issuer.public_key())
        return {"Authorization": f"Bearer {token(issuer, {'kid': kid}, body)}"}

    return header


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_but_health_and_metrics_needs_a_token(client, route):
    got = client(route.method, path_of(route), b"" if route.method == "POST" else None)
    if path_of(route) in (
        "/_notary_server/health",
        "/_notary_server/live",
        "/_notary_server/ready",
        "/_notary_server/metrics",
        "/metrics",
    ):
        assert got.status == 200
        assert "www-authenticate" not in got.headers
    else:
        assert (got.status, got.code) == (401, "UNAUTHORIZED")
        assert got.headers["www-authenticate"].startswith(f"{REALM},scope=")
        assert "error=" not in got.headers["www-authenticate"]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_is_answered_with_exactly_the_access_it_needs(
    client, bearing, route
):
    if route.scope is OPEN:
        return
    needed = route.scope.needed(GUN)
    grants = [
        {"type": item.type, "name": item.name, "actions": [item.action]}
        for item in needed
    ]
    body = b"" if route.method == "POST" else None
    for missing in range(len(grants)):
        fewer = grants[:missing] + grants[missing + 1 :]
        got = client(route.method, path_of(route), body, bearing(more=fewer))
        assert got.status == 401
        assert got.headers["www-authenticate"].endswith(',error="insufficient_scope"')
    got = client(route.method, path_of(route), body, bearing(more=grants))
    assert got.status != 401


def test_a_route_that_says_nothing_about_its_scope_is_not_open():
    assert Route("GET", "/new", lambda: None).scope is not OPEN


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "HEAD"])
@pytest.mark.parametrize("path", ["/", "/nothing", "/v2", "/v2/_trust/tuf/x"])
def test_an_unknown_path_is_not_told_from_a_known_one_without_a_token(
    client, bearing, method, path
):
    assert client(method, path).status == 401
    assert client(method, path, headers=bearing("*")).status == 401
    assert client(method, path, headers=bearing(more=[CATALOG])).status == 404


def test_head_needs_what_get_needs(client, bearing):
    for path in (f"{TUF}root.json", "/v2/", f"/v2/{GUN}/_trust/changefeed"):
        assert client("HEAD", path).status == 401
    assert client("HEAD", f"{TUF}root.json", headers=bearing("pull")).status == 404
    catalog = bearing(more=[CATALOG])
    assert client("HEAD", f"{TUF}root.json", headers=catalog).status == 401
    assert client("HEAD", "/v2/", headers=catalog).status == 200


def test_methods_and_paths_are_looked_at_before_the_token(client):
    assert client("PATCH", "/v2/").status == 405
    assert client("GET", "/v2//").status == 301
    assert client("GET", "/v2/" + "x" * 3000).status == 414


def test_the_prefix_is_looked_at_before_the_token(client):
    got = client("GET", "/v2/elsewhere/a/_trust/tuf/root.json")
    assert (got.status, got.code) == (404, "METADATA_NOT_FOUND")
    assert "www-authenticate" not in got.headers
    got = client("POST", "/v2/elsewhere/a/_trust/tuf/", b"")
    assert (got.status, got.code) == (400, "INVALID_GUN")


def test_the_body_lists_what_is_needed_and_stays_short(client):
    got = client("POST", TUF, b"")
    assert got.error["detail"] == [
        {"Type": "repository", "Class": "", "Name": GUN, "Action": "push"},
        {"Type": "repository", "Class": "", "Name": GUN, "Action": "pull"},
    ]
    scope = f'{REALM},scope="repository:{GUN}:push,pull"'
    assert got.headers["www-authenticate"] == scope
    long = client("POST", f"/v2/example.com/{'%0A' * 600}x/_trust/tuf/", b"")
    assert long.status == 401
    assert len(long.body) < 1024
    assert json.loads(long.body)["errors"][0]["code"] == "UNAUTHORIZED"


def test_a_publisher_may_publish_and_a_reader_may_only_read(client, owner, bearing):
    files = owner.first_publish()
    reader, publisher = bearing("pull"), bearing("push", "pull")
    assert client("POST", TUF, form(files), {**FORM, **reader}).status == 401
    assert client("POST", TUF, form(files), {**FORM, **publisher}).status == 200
    got = client("GET", f"{TUF}root.json", headers=reader)
    assert (got.status, got.body) == (200, files["root"])
    assert client("DELETE", TUF, headers=publisher).status == 401
    assert client("DELETE", TUF, headers=bearing("*")).status == 200


def test_the_log_says_who_asked(client, bearing, events):
    client("GET", f"{TUF}root.json", headers=bearing("pull", sub="bob" + "x" * 500))
    (done,) = [e for e in events if e["log_format"] == "response completed"]
    assert done["auth.user.name"] == "bob" + "x" * 125
    assert done["gun"] == GUN


def test_the_log_says_which_check_failed_and_never_the_token(client, bearing, events):
    header = bearing("pull", aud="elsewhere")
    assert client("GET", f"{TUF}root.json", headers=header).status == 401
    (said,) = [e for e in events if "problem" in e]
    assert said["log_level"].name == "info"
    expected = 'audience: expected aud "notary.example.com", got "elsewhere"'
    assert said["problem"].endswith(expected)
    assert said["http.request.uri"] == f"{TUF}root.json"
    assert "auth.user.name" not in said
    pieces = header["Authorization"].removeprefix("Bearer ").split(".")
    assert not any(piece in str(event) for event in events for piece in pieces)


def test_a_fault_of_the_authenticator_lets_nobody_in(serving, events):
    class Broken:
        def authenticate(self, authorization, needed, host):
            raise RuntimeError("broken")

    with serving(authenticator=Broken()) as client:
        assert client("GET", "/v2/").status == 500
        assert client("GET", "/nothing").status == 500
        assert client("GET", "/metrics").status == 200


def test_without_an_authenticator_everything_is_open(serving):
    with serving() as client:
        header = {"Authorization": "Bearer nonsense"}
        assert client("GET", "/v2/", headers=header).status == 200
        assert client("GET", "/nothing").status == 404
