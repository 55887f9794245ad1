"""What ended the Go server or a connection to it (contract, section 11), over HTTP."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.audits.reading import current
from tests.publisher import delegation, ed25519_key, sign, targets
from tests.web.serving import BOUNDARY, FORM, GUN, TUF, form, part

NULL = b'{"signed":null,"signatures":[]}'
END = f"--{BOUNDARY}--\r\n".encode()
BROKEN = [
    b"",
    b"garbage",
    part('form-data; filename="root"', b"{}"),
    f"--{BOUNDARY}\r\nno colon\r\n\r\n{{}}\r\n".encode() + END,
    f"--{BOUNDARY}".encode(),
]


def test_many_readers_of_what_is_not_in_memory_yet_all_get_it(client, published):
    digests = dict.fromkeys(("root", "targets", "snapshot", "timestamp"))
    paths = [f"{TUF}{role}.json" for role in digests] * 12
    with ThreadPoolExecutor(12) as readers:
        answers = list(readers.map(lambda path: client("GET", path), paths))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == len(digests)


def test_a_checksum_opens_no_other_repository_and_nothing_that_was_deleted(
    client, published
):
    files = current(client)
    tag = client("GET", f"{TUF}root.json").headers["etag"].strip('"')
    paths = [
        f"/v2/{GUN}2/_trust/tuf/root.{tag}.json",
        f"{TUF}targets.{tag}.json",
        f"{TUF}root.{tag}.json",
    ]
    assert [client("GET", path).status for path in paths] == [404, 404, 200]
    assert client("DELETE", TUF).status == 200
    assert [client("GET", path).status for path in paths] == [404, 404, 404]
    assert files["root"] == published["root"]


@pytest.mark.parametrize("body", BROKEN)
def test_a_broken_multipart_body_is_answered(client, body):
    got = client("POST", TUF, body, FORM)
    assert got.status == 400
    assert got.code in ("MALFORMED_UPLOAD", "MALFORMED_JSON", "INVALID_UPDATE")


@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "targets/a"])
def test_a_file_without_contents_is_answered(client, owner, published, role):
    key = ed25519_key()
    signed = targets(2, listed=[key], delegations=[delegation("targets/a", key)])
    files = {"targets": sign(signed, owner.targets_key), role: NULL}
    got = client.upload(GUN, files)
    assert (got.status, got.code) == (400, "INVALID_UPDATE")


def test_a_delegation_that_is_null_is_answered(client, owner, published):
    signed = targets(2)
    signed["delegations"]["roles"] = [None]
    got = client("POST", TUF, form({"targets": sign(signed, owner.targets_key)}), FORM)
    assert (got.status, got.code) == (400, "INVALID_UPDATE")


@pytest.mark.parametrize("records", ["2147483647", "-2147483648", "-5", "0"])
@pytest.mark.parametrize("path", [f"/v2/{GUN}/_trust", "/v2/_trust"])
def test_any_number_of_changes_may_be_asked_for(client, published, path, records):
    got = client("GET", f"{path}/changefeed?records={records}&change_id=0")
    assert got.status == 200
    assert got.body.startswith(b'{"count":1,"records":[')


def test_a_deletion_takes_no_repository_whose_name_begins_the_same(client, published):
    longer = f"{GUN}/more"
    assert client("DELETE", f"/v2/{GUN[:-1]}/_trust/tuf/").status == 200
    assert client("DELETE", f"/v2/{longer}/_trust/tuf/").status == 200
    assert client("GET", f"{TUF}root.json").status == 200


@pytest.mark.parametrize("number", ["0", "00", "2147483648"])
def test_a_version_that_cannot_be_is_not_found(client, published, number):
    assert client("GET", f"{TUF}{number}.root.json").status == 404
