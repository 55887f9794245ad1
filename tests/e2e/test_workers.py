"""Several processes on one port: they share the work, and answer for each other."""

import http.client
import json
import os
import signal
import ssl
from collections import Counter
from contextlib import ExitStack

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.certificates import Authority
from tests.e2e.test_signals import common_name
from tests.running import free_port
from tests.several import config_of, kill, several
from tests.steady_load import loaded

CONNECTIONS = 64


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of two workers, each of which may be killed."""
    folder = tmp_path_factory.mktemp("workers")
    config = config_of(folder, free_port())
    with several(folder, config) as running:
        yield running
        assert running.running.stop() == 0, running.running.log


def connected(server, stack, count, name):
    """Return so many kept connections, by the worker that answers on them."""
    found = {}
    for number in range(count):
        connection = server.connection()
        stack.callback(connection.close)
        worker = server.worker_of(connection, f"{name}-{number}")
        found.setdefault(worker, []).append(connection)
    return found


def test_connections_are_spread_over_all_workers(server):
    with ExitStack() as stack:
        connections = [server.connection() for _ in range(CONNECTIONS)]
        for each in connections:
            stack.callback(each.close)
            each.connect()
        numbers = [
            server.worker_of(each, f"spread-{number}")
            for number, each in enumerate(connections)
        ]
    counted = Counter(numbers)
    assert set(counted) == {1, 2}, counted
    assert max(counted.values()) < CONNECTIONS * 0.95, counted


def test_workers_leave_the_processor_to_who_has_it(server):
    policies = {os.sched_getscheduler(pid) for pid in server.pids().values()}
    assert policies == {os.SCHED_BATCH}


def test_a_scrape_of_any_worker_shows_all_of_them(server):
    path = "/v2/counted/_trust/tuf/timestamp.json"
    for _ in range(20):
        assert server.get(path)[0] == 404
    name = "notary_server_http_requests_total"
    for _ in range(4):
        status, page = server.get("/metrics")
        assert status == 200
        samples = [
            sample
            for family in text_string_to_metric_families(page.decode())
            for sample in family.samples
        ]
        counted = [each for each in samples if each.name == name]
        assert sum(each.value for each in counted) == 20
        up = {
            each.labels["worker"]: each.value
            for each in samples
            if each.name == "notary_worker_up"
        }
        assert up == {"1": 1, "2": 1}
    counts = {
        each.labels["worker"]
        for each in samples
        if each.name == "notary_metadata_unreadable"
    }
    assert counts <= {"1"}


def test_a_killed_worker_takes_nothing_with_it_but_its_own_connections(server):
    with ExitStack() as stack, loaded(server.port) as load:
        kept = connected(server, stack, 16, "before")
        assert set(kept) == {1, 2}
        killed = server.pids()[2]
        kill(killed)
        line = server.running.wait_for("worker 2 has ended")
        assert json.loads(line)["reason"] == "signal SIGKILL"
        status, body = server.get("/_notary_server/ready")
        told = json.loads(body)
        assert (status, told["read"], told["write"]) == (200, True, True)
        for number, connection in enumerate(kept[1]):
            assert server.worker_of(connection, f"after-{number}") == 1
        for connection in kept[2]:
            with pytest.raises((OSError, EOFError)):
                server.worker_of(connection, "never")
        server.all_serve(2)
        assert server.pids()[2] != killed
        server.until(
            lambda: json.loads(server.get("/_notary_server/ready")[1])["problems"] == {}
        )
        load.wait_for_answers(20)
    refused = [each for each in load.failures if each.startswith("refused")]
    assert refused == []
    assert len(load.failures) <= 6


def test_a_missing_worker_is_named_and_the_others_are_ready(server):
    stopped = server.pids()[2]
    kill(stopped, signal.SIGSTOP)
    kill(stopped)
    server.running.wait_for("worker 2 has ended")
    told = set()
    while not any("worker 2" in each for each in told):
        status, body = server.get("/_notary_server/ready")
        assert status == 200
        told.add(body.decode())
    assert server.get("/_notary_server/health") == (200, b"{}")
    server.until(lambda: set(server.pids()) == {1, 2})


def test_levels_and_reloads_reach_all_workers(tmp_path):
    authority = Authority(tmp_path / "tls")
    config = config_of(tmp_path, free_port())

    def replace(name):
        pair = authority.issue(name)
        (tmp_path / "server.key").write_bytes(pair.key.read_bytes())
        (tmp_path / "server.crt").write_bytes(pair.certificate.read_bytes())

    replace("first")
    config["server"] |= {"tls_cert_file": "server.crt", "tls_key_file": "server.key"}
    client = ssl.create_default_context(cafile=authority.certificate)
    with several(tmp_path, config) as server:
        server.running.signal(signal.SIGUSR1)
        debug = '"level":"debug"'
        server.until(lambda: workers(server, debug, client) == {1, 2})
        replace("second")
        server.running.signal(signal.SIGHUP)
        server.until(lambda: workers(server, "TLS: new cert", client) == {1, 2})
        shown = {common_name(server.port, client) for _ in range(20)}
        assert shown == {"second"}
        assert workers(server, "logging.level: info, was debug", client) == {1, 2}
        assert server.running.stop() == 0
    told = "Successfully setting log level to debug"
    assert server.running.output.splitlines() == [told]


def workers(server, text, client):
    """Return the workers that have said something, after one more request."""
    connection = http.client.HTTPSConnection(
        "localhost", server.port, timeout=30, context=client
    )
    connection.request("GET", "/v2/nothing/_trust/tuf/timestamp.json")
    assert connection.getresponse().status == 404
    connection.close()
    return {line.get("worker") for line in server.said(text)} - {None}
