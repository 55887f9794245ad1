"""The logs of a real process: every line can be parsed, whatever clients send."""

import http.client
import json
import re
import socket
from contextlib import closing

import pytest

from tests.ops.test_logs import parse_logfmt
from tests.running import TWISTD, free_port, memory_config, running, write_config

PARSERS = {"json": json.loads, "logfmt": parse_logfmt}
HOSTILE = [
    b'a" level="fatal" msg="forged',
    b"back\\slash \\n \\u0000 \\",
    b"tab\there \x01\x02\x1b[31m\x7f red",
    "gr\u00fc\u00df Gott \u2028 \U0001f600".encode(),
    b"\xff\xfe\x80 not UTF-8",
    b"=", b"", b"a=b c=d",
    b"x" * 60_000,
]  # fmt: skip
GUNS = ["a%0ab", "a%22b", "a%5cn", "%ff", "a%00b", "\u00fc", "g" * 300, "a%1b[31m"]


def quoted(text):
    """Return a path as bytes would be written in it."""
    return text.encode().replace(b"\xc3\xbc", b"%C3%BC").decode()


def annoy(port):
    """Send every hostile value wherever the log repeats what a client sends."""
    for value in HOSTILE:
        for name in (b"User-Agent", b"Referer", b"Content-Type", b"X-Request-Id"):
            _exchange(port, b"GET /v2/ HTTP/1.1\r\nHost: x\r\n", name, value)
        _exchange(port, b"GET /v2/ HTTP/1.1\r\n", b"Host", value)
        query = value.replace(b" ", b"%20")
        _exchange(port, b"GET /v2/?" + query + b" HTTP/1.1\r\nHost: x\r\n")
        _exchange(port, b"\x16\x03\x01" + value)
    for gun in GUNS:
        path = f"/v2/{quoted(gun)}/_trust/tuf/timestamp.key".encode()
        _exchange(port, b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n")


def _exchange(port, head, name=b"X", value=b""):
    """Send one request and wait for the end of the answer."""
    request = head + name + b": " + value + b"\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        while connection.recv(65536):
            pass


@pytest.mark.parametrize("logf", PARSERS)
def test_every_line_is_one_event_that_can_be_parsed(tmp_path, logf):
    port = free_port()
    path = write_config(tmp_path, memory_config(port, level="debug"))
    command = [*TWISTD, "notary-server", "--config", str(path)]
    with running([*command, "--logf", logf], tmp_path) as server:
        annoy(port)
        assert server.stop() == 0
    lines = [PARSERS[logf](line) for line in server.log]
    assert all(line.isascii() and len(line) < 50_000 for line in server.log)
    for line in lines:
        assert line["level"] in ("debug", "info", "warning", "error")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", line["time"])
        assert line["msg"]
    assert "forged" not in {line["msg"] for line in lines}
    done = [line for line in lines if line["msg"] == "response completed"]
    assert len(done) > 4 * len(HOSTILE)
    agents = {line.get("http.request.useragent") for line in done}
    assert 'a" level="fatal" msg="forged' in agents
    guns = {line["gun"] for line in done if "gun" in line}
    assert {"a\nb", 'a"b', "\u00fc"} <= guns, guns


def test_who_leaves_before_the_answer_is_told_of_too(tmp_path):
    port = free_port()
    path = write_config(tmp_path, memory_config(port))
    with running([*TWISTD, "notary-server", "--config", str(path)], tmp_path) as server:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            # To make a key takes a thread, so that its end is noticed first.
            target = b"/v2/localhost/demo/_trust/tuf/timestamp.key"
            connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            line = json.loads(server.wait_for("the client left before the answer"))
        assert server.stop() == 0
    assert (line["level"], line["gun"]) == ("info", "localhost/demo")


SENT = {
    "User-Agent": "me/1",
    "Referer": "https://x/page",
    "Content-Type": "text/x",
    "X-Request-Id": "mine",
    "X-Forwarded-For": "192.0.2.7",
    "X-Real-Ip": "192.0.2.8",
}
TOLD = {
    "gun": "localhost/demo",
    "operation": "GetRole",
    "http.request.id": "mine",
    "http.request.method": "GET",
    "http.request.uri": "/v2/localhost/demo/_trust/tuf/root.json?a=***",
    "http.request.useragent": "me/1",
    "http.request.referer": "https://x/page",
    "http.request.contenttype": "text/x",
    "level": "info",
}


def test_a_request_is_told_with_all_its_fields(tmp_path):
    port = free_port()
    path = write_config(tmp_path, memory_config(port))
    with running([*TWISTD, "notary-server", "--config", str(path)], tmp_path) as server:
        with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
            target = "/v2/localhost/demo/_trust/tuf/root.json?a=b"
            connection.request("GET", target, headers=SENT)
            answer = connection.getresponse()
            assert answer.status == 404
            size = len(answer.read())
            own = connection.sock.getsockname()[1]
        assert server.stop() == 0
    lines = [json.loads(line) for line in server.log]
    request = TOLD | {
        "http.request.host": f"127.0.0.1:{port}",
        "http.request.remoteaddr": f"127.0.0.1:{own}",
    }
    (problem, done) = [x for x in lines if x.get("http.request.id") == "mine"]
    assert request.items() <= problem.items()
    assert problem["msg"].startswith("metadata not found: ")
    assert request.items() <= done.items()
    assert done["msg"] == "response completed"
    assert done["http.response.status"] == 404
    assert done["http.response.written"] == size
    assert done["http.response.contenttype"] == "application/json; charset=utf-8"
    assert re.fullmatch(r"\d+\.\d{3}ms", done["http.response.duration"])
