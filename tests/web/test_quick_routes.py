"""The short path leads where the whole table leads, or nowhere."""

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from klein import Klein

from notary.web import converters
from notary.web.quick_routes import QuickRoutes
from notary.web.routes import ROUTES

SHA256 = "Ab" * 32
PIECES = st.lists(
    st.sampled_from(
        [
            *"/._1",
            "v2",
            "/v2/",
            "_trust",
            "/_trust/tuf/",
            "example.com/app",
            "targets",
            "targets/a",
            "root",
            "snapshot",
            "timestamp",
            ".json",
            ".key",
            ".1",
            "1.",
            f".{SHA256}",
            "changefeed",
        ]
    ),
    max_size=9,
).map("".join)
PATHS = PIECES | PIECES.map(lambda end: f"/v2/a/_trust/tuf/{end}.json")


@pytest.fixture(scope="module")
def whole():
    """What werkzeug makes of a path, as the application asks it."""
    app = Klein()
    app.url_map.converters = {**app.url_map.converters, **converters.CONVERTERS}
    app.url_map.merge_slashes = False
    for route in ROUTES:
        app.route(route.rule, methods=[route.method], endpoint=route.name)(print)
    return app.url_map.bind("notary")


@pytest.fixture(scope="module")
def quick():
    return QuickRoutes(ROUTES)


@hypothesis_settings(deadline=None, max_examples=400)
@given(path=PATHS.filter(lambda path: "//" not in path and "/." not in path))
def test_what_the_short_path_finds_the_whole_table_finds_too(whole, quick, path):
    found = quick.find(path.encode())
    if found is not None:
        route, variables = found
        assert whole.match(path, "GET") == (route.name, variables)


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/v2/", ""),
        ("/v2/a/b/_trust/tuf/timestamp.json", "GetRole"),
        ("/v2/a/b/_trust/tuf/targets/releases.json", "GetRole"),
        (f"/v2/a/_trust/tuf/targets/releases.{SHA256}.json", "GetRoleByHash"),
        (f"/v2/a/_trust/tuf/root.{SHA256}.json", "GetRoleByHash"),
        ("/v2/a/_trust/tuf/007.root.json", "GetRoleByVersion"),
    ],
)
def test_hot_paths_are_found(quick, path, operation):
    route, variables = quick.find(path.encode())
    assert route.operation == operation
    if "checksum" in variables:
        assert variables["checksum"] == SHA256.lower()


@pytest.mark.parametrize(
    "path",
    [
        "/v2",
        "/v2/a/_trust/tuf/",
        "/v2/a/_trust/tuf/timestamp.key",
        "/v2/a/_trust/changefeed",
        "/v2/_trust/tuf/root.json",
        "/v2/a/_trust/tuf/b/_trust/tuf/root.json",
        "/_notary_server/health",
    ],
)
def test_other_paths_are_left_to_the_whole_table(quick, path):
    assert quick.find(path.encode()) is None
