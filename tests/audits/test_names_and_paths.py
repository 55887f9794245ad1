"""Cure53 TUF-01-004 and its search for local files: a name is a name, never a path."""

import pytest

from tests.web.serving import BOUNDARY, FORM, TUF, part

OUTSIDE = "/etc/hostname"
GUNS = [
    "../../../../tmp/reverse",
    "%2e%2e/%2e%2e/%2e%2e/tmp/reverse",
    "..%2f..%2f..%2ftmp%2freverse",
    "%2Ftmp%2Freverse",
    "a/../../../tmp/reverse",
]
ROLES = [
    "../root",
    "/etc/root",
    "targets/../../root",
    "targets/..",
    "targets//a",
    "targets/a\\..\\b",
    "root/../targets",
    "targets/.",
]


@pytest.mark.parametrize("gun", GUNS)
def test_a_repository_with_the_name_of_a_path_is_no_other_one(client, published, gun):
    for role in ("root", "timestamp", OUTSIDE.removeprefix("/")):
        got = client("GET", f"/v2/{gun}/_trust/tuf/{role}.json")
        assert got.status in (301, 404)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_with_the_name_of_a_path_is_refused(client, published, role):
    body = part(f'form-data; name="files"; filename="{role}"', b"{}")
    got = client("POST", TUF, body + f"--{BOUNDARY}--\r\n".encode(), FORM)
    assert (got.status, got.code) == (400, "INVALID_ROLE")


@pytest.mark.parametrize("role", ROLES)
def test_no_file_is_served_for_a_role_with_the_name_of_a_path(client, published, role):
    got = client("GET", f"{TUF}{role.replace(chr(92), '%5C')}.json")
    assert got.status in (301, 404)


def test_a_redirect_never_leads_to_another_host(client):
    for path in ("//evil.example/v2/", "/v2//\\evil.example/..//", "/.//evil.example"):
        got = client("GET", path)
        assert got.status in (301, 404)
        location = got.headers.get("location", "/")
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\"))
