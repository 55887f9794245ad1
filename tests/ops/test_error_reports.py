"""Error reports: sent once, over HTTP and HTTPS, and never in anybody's way."""

import http.client
import json
import sqlite3
import ssl
import time
from collections import Counter
from contextlib import closing, contextmanager

import pytest
from twisted.internet.threads import blockingCallFromThread
from twisted.logger import Logger

import notary
from notary.ops.error_reports import QUEUE, SECONDS, ErrorReports
from notary.settings.model import ReportingSettings
from tests.certificates import Authority
from tests.load import Link, create_repository, tuf
from tests.ops.bugsnag_peer import HANG, bugsnag
from tests.running import TWISTD, free_port, memory_config, running, write_config

API_KEY = "c9d60ae4c7e70c4b6c4ebd3e8056d2b8"
PASSPHRASE = "the passphrase of the keys"
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl"
GUN = "example.com/very/private"
PATH = f"{tuf(GUN)}/1.targets.json"


@contextmanager
def failing_server(folder, endpoint, **variables):
    """Run a server with a row that nothing of ours could have written."""
    port, database = free_port(), folder / "notary.db"
    config = memory_config(port)
    config["storage"] = {"backend": "sqlite3", "db_url": str(database)}
    reporting = {"api_key": API_KEY, "release_stage": "staging", "endpoint": endpoint}
    config["reporting"] = {"bugsnag": reporting}
    path = write_config(folder, config)
    command = [*TWISTD, "notary-server", "--config", str(path)]
    variables["NOTARY_SERVER_KEY_PASSPHRASE"] = PASSPHRASE
    with (
        running(command, folder, **variables) as server,
        closing(Link(port)) as link,
    ):
        create_repository(link, GUN)
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("UPDATE tuf_files SET data = 7 WHERE role = 'targets'")
            connection.commit()
        yield server, link


def provoke(link):
    """Have the bug happen to a request that is full of secrets."""
    headers = {
        "Authorization": f"Bearer {TOKEN}",
        "User-Agent": f"agent {TOKEN}",
        "Referer": f"https://x/{TOKEN}",
        "X-Request-Id": "request-9",
    }
    answer = link.send("GET", f"{PATH}?token={TOKEN}", headers=headers)
    assert answer.status == 500
    assert "cache-control" not in answer.headers


def counted(link):
    """Return what the metrics say, by outcome, apart from zeros."""
    page = link.get("/metrics").body.decode()
    lines = [line for line in page.splitlines() if "error_reports_total{" in line]
    pairs = [line.split("} ") for line in lines]
    return {
        name.split('"')[1]: float(count) for name, count in pairs if float(count) > 0
    }


def check_exception(event):
    """Check that the event names the error and the line of ours that raised it."""
    (exception,) = event["exceptions"]
    assert exception["errorClass"] == "TypeError"
    assert exception["message"] == "object of type 'int' has no len()"
    frame = exception["stacktrace"][0]
    assert (frame["file"], frame["inProject"]) == ("notary/web/observing.py", True)
    assert "ended" in frame["method"]
    assert frame["lineNumber"] > 0


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_bug_is_reported_once_with_all_that_helps_and_no_secret(tmp_path, scheme):
    authority = Authority(tmp_path / "ca")
    pair = authority.issue("bugsnag") if scheme == "https" else None
    variables = {"SSL_CERT_FILE": str(authority.certificate)}
    with bugsnag(pair=pair) as peer:
        with failing_server(tmp_path, peer.url, **variables) as (server, link):
            provoke(link)
            (document,) = peer.wait_for(1)
            assert server.stop() == 0
        (body,), (headers,) = peer.bodies, peer.headers
    assert headers["bugsnag-api-key"] == document["apiKey"] == API_KEY
    assert headers["bugsnag-payload-version"] == document["payloadVersion"]
    assert headers["content-type"] == "application/json"
    (event,) = document["events"]
    check_exception(event)
    assert event["app"] == {
        "type": "notary-server",
        "version": notary.__version__,
        "releaseStage": "staging",
    }
    assert (event["severity"], event["context"]) == ("error", "GetRoleByVersion")
    assert event["metaData"]["request"]["id"] == "request-9"
    told = body.decode() + str(headers)
    for secret in (TOKEN, PASSPHRASE, GUN, str(tmp_path)):
        assert secret not in told
    assert b"127.0.0.1" not in body
    assert not any(API_KEY in line for line in server.log)


def test_the_signer_reports_as_well(tmp_path):
    authority, port = Authority(tmp_path / "ca"), free_port()
    pair = authority.issue("signer")
    with bugsnag() as peer:
        config = {
            "server": {
                "http_addr": f"127.0.0.1:{port}",
                "tls_cert_file": str(pair.certificate),
                "tls_key_file": str(pair.key),
            },
            "storage": {
                "backend": "sqlite3",
                "db_url": str(tmp_path / "keys.db"),
                "default_alias": "missing",
            },
            "reporting": {"bugsnag": {"api_key": API_KEY, "endpoint": peer.url}},
            "logging": {"level": "info"},
        }
        path = write_config(tmp_path, config)
        command = [*TWISTD, "notary-signer", "--config", str(path)]
        with running(command, tmp_path) as signer:
            _make_key(port, authority)
            (document,) = peer.wait_for(1)
            assert signer.stop() == 0
    (event,) = document["events"]
    assert event["app"]["type"] == "notary-signer"
    assert event["app"]["releaseStage"] == "production"
    assert event["context"] == "create_key"


def _make_key(port, authority):
    context = ssl.create_default_context(cafile=str(authority.certificate))
    connection = http.client.HTTPSConnection("localhost", port, context=context)
    wanted = {"gun": GUN, "role": "timestamp", "algorithm": "ecdsa"}
    headers = {"Content-Type": "application/json"}
    with closing(connection):
        connection.request("POST", "/v1/keys", json.dumps(wanted), headers)
        assert connection.getresponse().status == 503


@pytest.mark.parametrize("peer_state", ["refused", "hanging", "failing"])
def test_a_dead_endpoint_slows_nobody_and_does_not_hold_up_the_end(
    tmp_path, peer_state
):
    with bugsnag(HANG if peer_state == "hanging" else 500) as peer:
        url = peer.url
        if peer_state == "refused":
            url = f"http://127.0.0.1:{free_port()}"
        with failing_server(tmp_path, url) as (server, link):
            longest = 0.0
            for _ in range(150):
                begun = time.monotonic()
                provoke(link)
                longest = max(longest, time.monotonic() - begun)
            assert longest < SECONDS / 2
            counts = counted(link)
            assert counts["dropped"] >= 150 - QUEUE - 10
            assert "sent" not in counts
            begun = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - begun < SECONDS
        assert len(peer.bodies) <= 10
    said = [line for line in server.log if "errors cannot be reported to" in line]
    assert len(said) == 1
    assert json.loads(said[0])["level"] == "warning"


def test_of_thousands_of_errors_few_wait_and_the_others_are_dropped_and_counted(
    reactor_thread,
):
    counts = Counter()
    with bugsnag(HANG) as peer:
        reports = ErrorReports(
            ReportingSettings(API_KEY, endpoint=peer.url),
            "notary-server",
            reactor_thread,
            lambda outcome: counts.update([outcome]),
        )
        log = Logger(namespace="notary.test", observer=reports)
        reports.running = True
        for number in range(5000):
            log.error("error {number}", number=number)
        peer.wait_for(1)
        assert counts["dropped"] >= 5000 - QUEUE - 1
        blockingCallFromThread(reactor_thread, reports.stopService)
    assert counts["dropped"] + counts["failed"] == 5000
    assert counts["failed"] == 1


def test_without_an_api_key_nothing_is_reported(tmp_path):
    port = free_port()
    path = write_config(tmp_path, memory_config(port))
    with running([*TWISTD, "notary-server", "--config", str(path)], tmp_path) as server:
        assert server.stop() == 0
    assert not any("Errors are reported" in line for line in server.log)
