"""The debug server as its clients see it."""

import http.client
import json
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from twisted.internet.defer import maybeDeferred
from twisted.internet.threads import blockingCallFromThread
from twisted.logger import globalLogPublisher

from notary.debug.server import DebugServer
from notary.ops.logs import fields_of
from notary.web.status import Status
from tests.debug.reading import decoded, functions
from tests.debug.test_recorder import ended, profile_threads
from tests.running import free_port
from tests.web.serving import SECONDS

PPROF = "/debug/pprof/"
PROFILE_KIND = "application/octet-stream"


@pytest.fixture(autouse=True)
def nobody_else():
    """The thread of an earlier profile may outlive its answer for a moment."""
    assert ended()


@pytest.fixture
def log():
    """The lines that are logged during a test."""
    lines = []

    def keep(event):
        lines.append(fields_of(event))

    globalLogPublisher.addObserver(keep)
    yield lines
    globalLogPublisher.removeObserver(keep)


def test_health_is_what_the_program_says_of_itself(debug, known):
    assert (debug("GET", "/debug/health").status, known.failed) == (200, {})
    known.failed["DB operational"] = "Cannot access table: tuf_files"
    answer = debug("GET", "/debug/health")
    assert (answer.status, json.loads(answer.body)) == (500, known.failed)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/debug/health"),
        ("DELETE", "/debug/vars"),
        ("GET", "/"),
        ("GET", "/metrics"),
        ("GET", "/debug/pprof/mutex"),
        ("GET", "/debug/pprof/profile/"),
        ("GET", "/debug/pprof/%2e%2e/%2e%2e/etc/passwd"),
    ],
)
def test_what_is_not_there_is_answered_as_by_go(debug, method, path):
    answer = debug(method, path)
    if answer.status == 301:
        answer = debug(method, answer.headers["location"])
    assert (answer.status, answer.body) == (404, b"404 page not found\n")


def test_the_variables_are_those_of_this_process(debug):
    answer = debug("GET", "/debug/vars")
    said = json.loads(answer.body)
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert said["cmdline"] == sys.argv
    assert said["notary"] == {'a_total{b="c"}': 3}
    assert set(said["memstats"]) == {"Sys", "HeapObjects", "NumGC"}


def test_every_address_in_the_index_leads_to_something(debug):
    assert debug("GET", "/debug/pprof").headers["location"] == PPROF
    page = debug("GET", PPROF)
    assert page.headers["content-type"].startswith("text/html")
    addresses = [part.split('"')[0] for part in page.body.decode().split('href="')[1:]]
    assert {"cmdline", "goroutine?debug=2", "heap", "profile"} <= set(addresses)
    for address in addresses:
        more = "?seconds=1" if address in ("heap", "profile") else ""
        assert debug("GET", PPROF + address + more).status == 200


def test_the_command_line_is_told_as_by_go(debug):
    assert debug("GET", PPROF + "cmdline").body.decode().split("\0") == sys.argv


def test_there_are_no_symbols_to_look_up(debug):
    for method, body in (("GET", None), ("POST", "0x4711+0x4712")):
        assert debug(method, PPROF + "symbol", body).body == b"num_symbols: 0\n"


def test_who_asks_for_a_trace_is_told_why_there_is_none(debug):
    answer = debug("GET", PPROF + "trace?seconds=1")
    assert answer.status == 404
    assert answer.headers["x-go-pprof"] == "1"
    assert b"there is no trace: it is about the scheduler of Go" in answer.body


def test_what_goes_on_is_a_profile_or_text(debug):
    answer = debug("GET", PPROF + "goroutine")
    assert answer.headers["content-type"] == PROFILE_KIND
    assert "notary.debug.pages.goroutine" in functions(decoded(answer.body))
    for kind in "12":
        answer = debug("GET", PPROF + "goroutine?debug=" + kind)
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert b"notary.debug.pages.goroutine\t/" in answer.body


@pytest.mark.parametrize("name", ["profile", "heap"])
def test_a_profile_takes_the_time_it_is_given_and_leaves_nothing_behind(debug, name):
    before = sys.getswitchinterval()
    began = time.monotonic()
    answer = debug("GET", f"{PPROF}{name}?seconds=1")
    assert 1 <= time.monotonic() - began < 15
    assert answer.status == 200
    assert 0.9e9 < decoded(answer.body).duration_nanos < 10e9
    assert ended()
    assert sys.getswitchinterval() == before


@pytest.mark.parametrize("name", ["profile", "heap"])
@hypothesis_settings(
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seconds=st.text(st.characters(max_codepoint=126, min_codepoint=33)))
def test_no_other_number_of_seconds_starts_anything(debug, name, seconds):
    if seconds.isdigit() and 1 <= int(seconds) <= 3600:
        return
    query = "".join(f"%{ord(each):02x}" for each in seconds) or "%20"
    answer = debug("GET", f"{PPROF}{name}?seconds={query}")
    assert answer.status == 400
    assert answer.body.startswith(b"seconds must be a whole number from 1 to ")
    assert profile_threads() == []


def test_of_many_who_want_profiles_at_once_one_gets_it(debug):
    together = threading.Barrier(6)

    def ask(number):
        together.wait(SECONDS)
        name = ("profile", "heap")[number % 2]
        return debug("GET", f"{PPROF}{name}?seconds=2")

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, range(6)))
    assert sorted(each.status for each in answers) == [200] + 5 * [503]
    refused = [each.body for each in answers if each.status == 503]
    assert set(refused) == {b"another profile is being taken: one at a time\n"}


def wait_for_profile():
    until = time.monotonic() + SECONDS
    while not profile_threads():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_profile_ends_when_the_one_who_wanted_it_goes_away(debug):
    client = http.client.HTTPConnection("localhost", debug.port, timeout=SECONDS)
    client.request("GET", f"{PPROF}heap?seconds=3600")
    wait_for_profile()
    client.close()
    assert ended()


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
)
def test_web_pages_of_others_get_nothing_and_start_nothing(debug, headers):
    for path in ("/debug/vars", f"{PPROF}profile", "/debug/nothing"):
        answer = debug("GET", path, headers=headers)
        assert answer.status == 403
        assert b"argv" not in answer.body
    assert profile_threads() == []


def test_an_answer_is_for_its_reader_only(debug):
    headers = debug("GET", "/debug/vars").headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_a_profile_that_is_being_taken_does_not_hold_up_the_end(
    reactor_thread, known, log
):
    server = DebugServer(reactor_thread, Status(known, bytes), port := free_port())
    server.privilegedStartService()
    blockingCallFromThread(reactor_thread, server.startService)
    client = http.client.HTTPConnection("localhost", port, timeout=SECONDS)
    client.request("GET", f"{PPROF}profile?seconds=300")
    wait_for_profile()
    blockingCallFromThread(reactor_thread, maybeDeferred, server.stopService)
    assert ended()
    client.close()
    said = [(line["level"], line["msg"]) for line in log]
    assert ("info", f"Debug server listening on localhost:{port}") in said


def test_it_listens_on_loopback_alone(debug):
    for address in ("127.0.0.1", "::1"):
        socket.create_connection((address, debug.port), SECONDS).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", debug.port), SECONDS)


@pytest.mark.parametrize("taken", ["127.0.0.1", "::1"])
def test_a_port_that_is_taken_is_one_warning_and_nothing_else(
    reactor_thread, known, log, taken
):
    family = socket.AF_INET6 if ":" in taken else socket.AF_INET
    with socket.create_server((taken, 0), family=family) as other:
        port = other.getsockname()[1]
        server = DebugServer(reactor_thread, Status(known, bytes), port)
        blockingCallFromThread(reactor_thread, server.startService)
        blockingCallFromThread(reactor_thread, maybeDeferred, server.stopService)
    said = [(line["level"], line["msg"]) for line in log if line["level"] != "debug"]
    warning = f"listen tcp localhost:{port}: bind: address already in use"
    assert said == [("warning", f"no debug server: {warning}")]
