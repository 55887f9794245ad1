"""What caches and clients may keep, and when they are spared the body."""

import hashlib

import pytest

from notary.settings.model import CachingSettings
from tests.web.serving import GUN, TUF, settings


@pytest.mark.parametrize(
    ("caching", "told"),
    [
        (
            CachingSettings(60, 61),
            (
                "public, max-age=60, s-maxage=60, must-revalidate",
                "public, max-age=61, s-maxage=61",
            ),
        ),
        (CachingSettings(0, 0), ("max-age=0, no-cache, no-store",) * 2),
    ],
)
def test_caches_are_told_how_long(serving, service, owner, caching, told):
    with serving(service, settings(caching=caching)) as client:
        client.upload(GUN, owner.first_publish())
        newest = client("GET", f"{TUF}timestamp.json").headers
        numbered = client("GET", f"{TUF}1.root.json").headers
        missing = client("GET", f"{TUF}2.root.json").headers
    assert (newest["cache-control"], numbered["cache-control"]) == told
    assert newest.get("pragma") == ("no-cache" if "no-store" in told[0] else None)
    assert "cache-control" not in missing


def test_metadata_carries_validators_in_the_forms_of_http(client, published):
    got = client("GET", f"{TUF}root.json")
    assert got.headers["last-modified"] == "Sun, 22 Nov 2026 12:00:00 GMT"
    sha256 = hashlib.sha256(published["root"]).hexdigest()
    assert got.headers["etag"] == f'"{sha256}"'


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": "@"}, 304),
        ({"If-None-Match": "W/@"}, 304),
        ({"If-None-Match": '"x", @, "y"'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"x"'}, 200),
        ({"If-None-Match": "nonsense"}, 200),
        ({"If-Modified-Since": "Sun, 22 Nov 2026 12:00:00 GMT"}, 304),
        ({"If-Modified-Since": "Sunday, 22-Nov-26 12:00:00 GMT"}, 304),
        ({"If-Modified-Since": "Sun Nov 22 12:00:01 2026"}, 304),
        ({"If-Modified-Since": "Sun, 22 Nov 2026 11:59:59 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-Modified-Since": "Sun, 99 Nov 99999 99:99:99 GMT"}, 200),
        (
            {
                "If-None-Match": '"x"',
                "If-Modified-Since": "Sun, 22 Nov 2026 12:00:00 GMT",
            },
            200,
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_the_client_has_is_not_sent_again(
    client, published, headers, status, method
):
    full = client("GET", f"{TUF}root.json")
    etag = full.headers["etag"]
    headers = {name: value.replace("@", etag) for name, value in headers.items()}
    got = client(method, f"{TUF}root.json", headers=headers)
    assert got.status == status
    if status == 304:
        assert got.body == b""
        for name in ("etag", "last-modified", "cache-control"):
            assert got.headers[name] == full.headers[name]
        assert "content-type" not in got.headers
