"""The table of routes, walked through a real site: what is where, and what is not."""

import pytest

from notary.web import converters
from notary.web.routes import CATALOG, OPEN, ROUTES

TUF = "/v2/example.com/app/_trust/tuf/"
SHA256 = "a" * 64
NO_ROUTE = (
    b'{"errors":[{"code":"METADATA_NOT_FOUND",'
    b'"message":"You have requested metadata that does not exist."}]}\n'
)
NO_METADATA = NO_ROUTE.replace(b'."}]', b'.","detail":{}}]')

VALUES = {
    "<gun:gun>": "example.com/app",
    "<role:role>": "targets/a",
    "<checksum:checksum>": SHA256,
    "<version:version>": "1",
    "<online_role:role>": "snapshot",
}


def path_of(route):
    path = route.rule
    for variable, value in VALUES.items():
        path = path.replace(variable, value)
    assert "<" not in path
    return path


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_leads_to_its_handler(route, client):
    got = client(route.method, path_of(route))
    expected = {"GetRoleByHash", "GetRoleByVersion", "GetRole"}
    if route.operation in expected:
        assert (got.status, got.body) == (404, NO_METADATA)
    elif route.operation == "UpdateTUF":
        assert got.code == "MALFORMED_UPLOAD"
    else:
        assert got.status == 200


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_wrong_method_is_an_unknown_route(route, client):
    path = path_of(route)
    methods = {other.method for other in ROUTES if path_of(other) == path}
    for method in {"GET", "POST", "PUT", "DELETE"} - methods:
        got = client(method, path)
        assert (got.status, got.body) == (404, NO_ROUTE)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_an_unknown_method_is_told_the_known_ones(route, client):
    path = path_of(route)
    methods = {other.method for other in ROUTES if path_of(other) == path}
    methods |= {"HEAD"} if "GET" in methods else set()
    for method in ("OPTIONS", "PATCH", "TRACE", "BREW"):
        got = client(method, path)
        assert got.status == 405
        assert got.code == "UNSUPPORTED"
        assert set(got.headers["allow"].split(", ")) == methods


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_head_is_get_without_the_body(route, client):
    path = path_of(route)
    got = client("GET", path)
    head = client("HEAD", path)
    changing = {"date", "x-request-id"}
    assert head.status == got.status
    assert head.body == b""
    assert head.headers.keys() == got.headers.keys()
    assert all(
        head.headers[name] == value
        for name, value in got.headers.items()
        if name not in changing
    )


def test_all_routes_but_health_and_metrics_need_a_scope():
    open_to_all = [route.rule for route in ROUTES if route.scope is OPEN]
    assert open_to_all == [
        "/_notary_server/health",
        "/_notary_server/live",
        "/_notary_server/ready",
        "/_notary_server/metrics",
        "/metrics",
    ]
    about_all = [route.rule for route in ROUTES if route.scope == CATALOG]
    assert about_all == ["/v2/", "/v2/_trust/changefeed"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v2",
        "/v2/foo",
        "/v1/",
        "/v2/a*b/_trust/tuf/root.json",
        "/v2/a%2Ab/_trust/tuf/root.json",
        "/v2/_trust/tuf/root.json",
        f"{TUF[:-1]}",
        TUF,
        f"{TUF}root.json/",
        f"{TUF}root.json%0A",
        f"{TUF}root",
        f"{TUF}root.JSON",
        f"{TUF}rootXjson",
        f"{TUF}mirrors.json",
        f"{TUF}Root.json",
        f"{TUF}targets/a%20b.json",
        f"{TUF}targets/.json",
        f"{TUF}root.{'a' * 63}.json",
        f"{TUF}root.{'g' * 64}.json",
        f"{TUF}-1.root.json",
        f"{TUF}1.5.root.json",
        f"{TUF}1.root.{SHA256}.json",
        f"{TUF}root.key",
        f"{TUF}targets.key",
        "/v2/a/_trust/changefeed/",
        "/metrics/",
        "/debug/vars",
    ],
)
def test_what_looks_like_a_route_is_none(path, client):
    got = client("GET", path)
    assert (got.status, got.body) == (404, NO_ROUTE)
    assert got.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    "path",
    [
        "/v2/a%20b/_trust/tuf/root.json",
        "/v2/%C3%A9%F0%9F%98%80/_trust/tuf/root.json",
        "/v2/a%00b/_trust/tuf/root.json",
        "/v2/a%FFb/_trust/tuf/root.json",
        f"/v2/{'g' * 300}/_trust/tuf/root.json",
        "/v2/a/_trust/tuf/b/_trust/tuf/root.json",
        f"{TUF}targets/FOO.json",
        f"{TUF}targets/a.b.json",
        f"{TUF}targets%2Ffoo.json",
        f"{TUF}targets/foo.{SHA256}.json",
        f"{TUF}root.{'A' * 128}.json",
        f"{TUF}root.{'a' * 96}.json",
        f"{TUF}0.root.json",
        f"{TUF}007.root.json",
        f"{TUF}2147483648.root.json",
        f"{TUF}{'0' * 30}1.root.json",
        f"{TUF}1.targets/foo.json",
    ],
)
def test_a_route_to_metadata_that_does_not_exist_says_so(path, client):
    got = client("GET", path)
    assert (got.status, got.body) == (404, NO_METADATA)


def test_the_longest_possible_gun_is_the_repository(client):
    path = "/v2/a/_trust/tuf/b/_trust/tuf/timestamp.key"
    assert client("GET", path).status == 200
    assert client("GET", "/v2/a/_trust/changefeed").status == 200


def test_a_version_with_more_than_64_bits_is_explained(client):
    got = client("GET", f"{TUF}99999999999999999999.root.json")
    assert got.error["detail"] == {
        "Func": "Atoi",
        "Num": "99999999999999999999",
        "Err": {},
    }
    assert converters.version_number(str(2**63 - 1)) == 2**63 - 1
    long = client("GET", f"{TUF}{'9' * 1500}.root.json")
    assert long.status == 404
    assert len(long.body) < 1024


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "HEAD", "OPTIONS", "BREW"])
def test_an_unclean_path_is_redirected_before_anything_else(method, client):
    got = client(method, "/v2//a/../b/_trust/tuf/?x=1", b"")
    assert (got.status, got.body) == (301, b"")
    assert got.headers["location"] == "/v2/b/_trust/tuf/?x=1"


def test_a_url_longer_than_any_name_is_refused(client):
    got = client("GET", "/v2/" + "a" * 3000)
    assert got.status == 414
    assert got.code == "TOO_LARGE"
