"""The request id: the client's own or a new one, on every answer and in every line."""

import re

import pytest

from tests.web.serving import TUF, settings

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
MINE = b"X-Request-Id: mine-1\r\n"
GET = b"GET /v2/ HTTP/1.1\r\n"
HOST = b"Host: x\r\n"
POST = f"POST {TUF} HTTP/1.1\r\n".encode() + HOST


def identity(answer):
    """Return status and request id of a raw answer."""
    head = answer.partition(b"\r\n\r\n")[0].decode()
    (found,) = re.findall(r"^X-Request-Id: (.*?)\r?$", head, re.M | re.I)
    return int(head[9:12]), found


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (GET + MINE + b"\r\n", 400),
        (GET + MINE + HOST + HOST + b"\r\n", 400),
        (GET + HOST + MINE + b"bad header\r\n\r\n", 400),
        (GET + HOST + MINE + b"Content-Length: x\r\n\r\n", 400),
        (POST + MINE + b"A: b\r\nContent-Length: 99999\r\n\r\n", 413),
        (
            POST + MINE + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n" + b"a" * 9999,
            413,
        ),
        (GET + HOST + MINE + b"A: b\r\n" * 999 + b"\r\n", 431),
        (POST + MINE + b"Content-Length: 10\r\n\r\nabc", 408),
        (b"GET /" + b"a" * 2500 + b" HTTP/1.1\r\n" + HOST + MINE + b"\r\n", 414),
    ],
)
def test_refused_requests_are_known_by_the_clients_id_too(
    serving, events, request_, status
):
    limits = settings(head_bytes=4000, body_bytes=5000, request_seconds=1)
    close = b"Connection: close\r\n"
    with serving(configured=limits) as client:
        request_ = request_.replace(HOST, HOST + close, 1)
        assert identity(client.raw(request_)) == (status, "mine-1")
    assert [e for e in events if e.get("http.request.id") == "mine-1"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [(b"nonsense\r\n\r\n", 400), (b"GET /" + b"a" * 9999, 431), (b"GET", 408)],
)
def test_who_says_no_id_before_being_refused_gets_one(serving, request_, status):
    limits = settings(head_bytes=4000, request_seconds=1)
    with serving(configured=limits) as client:
        got, found = identity(client.raw(request_))
    assert got == status
    assert re.fullmatch(UUID, found)


@pytest.mark.parametrize(
    "given", ["", "a" * 129, 'quote"', "two words", "semi;colon", "\u00fc", "a\tb"]
)
def test_an_id_that_could_do_harm_is_replaced(client, given):
    got = client("GET", "/v2/", headers={"X-Request-Id": given.encode()})
    assert re.fullmatch(UUID, got.headers["x-request-id"])


@pytest.mark.parametrize("path", ["/v2/", "/nowhere", "//v2/", f"{TUF}root.json"])
def test_every_answer_repeats_a_harmless_id(client, path):
    got = client("GET", path, headers={"X-Request-Id": "A-z_0.9"})
    assert got.headers["x-request-id"] == "A-z_0.9"
