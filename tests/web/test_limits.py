"""What one client may cost: sizes, times, and the rules of HTTP itself."""

import json
import select
import threading

import pytest
from twisted.internet.defer import Deferred

from notary.storage.memory import MemoryStore
from tests.web.conftest import new_service
from tests.web.serving import BOUNDARY, FORM, form, read_all, settings

TUF = "/v2/example.com/app/_trust/tuf/"
PING = b"GET /v2/ HTTP/1.1\r\nHost: x\r\n"
POST = f"POST {TUF} HTTP/1.1\r\nHost: x\r\n".encode()
CLOSE = b"Connection: close\r\n\r\n"


def status(answer):
    assert answer.startswith(b"HTTP/1.1 ")
    return int(answer[9:12])


def code(answer):
    body = answer.partition(b"\r\n\r\n")[2]
    return json.loads(body)["errors"][0]["code"]


def test_a_head_over_the_limit_is_refused(serving):
    with serving(configured=settings(head_bytes=1000)) as client:
        for head in (
            PING + b"A: " + b"b" * 1000,
            PING + b"A: bbbb\r\n" * 200 + b"\r\n",
            b"GET /" + b"a" * 1000,
        ):
            answer = client.raw(head)
            assert status(answer) == 431
            assert b"Connection: close" in answer
        assert status(client.raw(PING + b"A: " + b"b" * 900 + b"\r\n" + CLOSE)) == 200


def test_a_body_announced_as_too_large_is_refused_before_it_is_sent(serving):
    with serving(configured=settings(body_bytes=1000)) as client:
        head = POST + b"Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n"
        answer = client.raw(head)
        assert status(answer) == 413
        assert code(answer) == "TOO_LARGE"
        assert b"100 Continue" not in answer


def test_a_client_that_sends_too_much_all_the_same_gets_the_answer(serving):
    with serving(configured=settings(body_bytes=1000)) as client:
        got = client("POST", TUF, b"a" * 4_000_000, FORM)
        assert got.status == 413
        assert got.code == "TOO_LARGE"


def test_a_chunked_body_is_refused_once_it_is_too_large(serving):
    with serving(configured=settings(body_bytes=1000)) as client:
        chunk = b"1f4\r\n" + b"a" * 500 + b"\r\n"
        head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
        assert status(client.raw(head + chunk * 3)) == 413
        fitting = client.raw(
            head.replace(b"\r\n\r\n", b"\r\n" + CLOSE) + chunk * 2 + b"0\r\n\r\n"
        )
        assert code(fitting) == "MALFORMED_UPLOAD"


def test_parts_are_limited_in_number_and_size(serving):
    with serving(configured=settings(parts=1, part_bytes=10)) as client:
        many = client("POST", TUF, form({"root": b"{}", "targets": b"{}"}), FORM)
        large = client("POST", TUF, form({"root": b'{"signed":{}}'}), FORM)
    assert (many.status, many.code) == (413, "TOO_LARGE")
    assert "1 parts of 10 bytes" in many.error["detail"]
    assert (large.status, large.code) == (413, "TOO_LARGE")


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"GET /v2/ HTTP/1.1\r\nHo", b"s"),
        (POST + b"Content-Length: 1000\r\n\r\n", b"a"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    ],
)
def test_bytes_that_keep_coming_do_not_prolong_the_time_for_a_request(
    serving, start, more
):
    slow = settings(request_seconds=1, idle_seconds=100)
    with serving(configured=slow) as client, client.connect() as connection:
        connection.sendall(start)
        for _ in range(100):
            connection.sendall(more)
            if select.select([connection], [], [], 0.1)[0]:
                break
        assert status(read_all(connection)) == 408


def test_an_idle_connection_is_closed_without_a_word(serving):
    with (
        serving(configured=settings(idle_seconds=1)) as client,
        client.connect() as fresh,
        client.connect() as used,
    ):
        used.sendall(PING + b"\r\n")
        assert read_all(used).endswith(b"{}")
        assert read_all(fresh) == b""


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GARBAGE\r\n\r\n",
        b"GET /v2/ HTTP/2.0\r\nHost: x\r\n\r\n",
        b"GET /v2/ HTTP/1.1\r\n\r\n",
        b"GET /v2/ HTTP/1.1\r\nHost: \r\n\r\n",
        PING + b"Host: y\r\n\r\n",
        PING + b"no colon\r\n\r\n",
        PING + b"bad name: x\r\n\r\n",
        b"GET foo HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v2/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        POST + b"Content-Length: -1\r\n\r\n",
        POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
        POST + b"Transfer-Encoding: gzip\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
    ],
)
def test_what_is_not_http_is_a_bad_request(client, request_bytes):
    answer = client.raw(request_bytes)
    assert status(answer) == 400
    assert answer.endswith(b"\r\n\r\n400 Bad Request")


def test_http_1_0_needs_no_host(client):
    answer = client.raw(b"GET /v2/ HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.0 200 OK")


def test_a_url_may_be_absolute(client):
    answer = client.raw(b"GET http://h/v2/ HTTP/1.1\r\nHost: h\r\n" + CLOSE)
    assert answer.endswith(b"\r\n\r\n{}")


def test_pipelined_requests_are_answered_in_order(client):
    answer = client.raw(
        PING + b"\r\n" + b"GET /nope HTTP/1.1\r\nHost: x\r\n\r\n" + PING + CLOSE
    )
    heads = [piece[:12] for piece in answer.split(b"HTTP/1.1 ")[1:]]
    assert [head[:3] for head in heads] == [b"200", b"404", b"200"]


def test_nothing_after_a_refused_request_is_taken_for_another(client):
    smuggled = POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + PING
    answer = client.raw(smuggled + CLOSE)
    assert answer.count(b"HTTP/1.1 ") == 1


class SlowStore(MemoryStore):
    """A store that answers when it is allowed to."""

    def __init__(self):
        super().__init__()
        self.asked = threading.Event()
        self.allowed = Deferred()
        self.deleted = threading.Event()

    async def delete(self, gun, now):
        self.asked.set()
        await self.allowed
        self.deleted.set()
        return False


def test_work_goes_on_when_the_client_goes_away(serving, reactor_thread):
    store = SlowStore()
    with serving(new_service(store=store)) as client:
        connection = client.connect()
        connection.sendall(f"DELETE {TUF} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert store.asked.wait(10)
        connection.close()
        assert client("GET", "/v2/").status == 200
        reactor_thread.callFromThread(store.allowed.callback, None)
        assert store.deleted.wait(10)
        assert client("GET", "/v2/").status == 200


def test_a_body_cut_off_by_the_client_harms_nobody(client):
    with client.connect() as connection:
        connection.sendall(
            POST + f"Content-Length: 99\r\n\r\n--{BOUNDARY}\r\n".encode()
        )
    assert client("GET", "/v2/").status == 200
