"""A server that may open few files refuses connections, and lives."""

import http.client
import re
import urllib.request
from contextlib import ExitStack, suppress

from notary.ops.descriptors import connections_at_most
from tests.running import COMMAND, free_port, memory_config, running, write_config

FILES = 300
CONNECTIONS = 150
LIMITED = ["sh", "-c", f'ulimit -n {FILES} && exec "$@"', "sh"]
SECONDS = 20


def status(port, stack):
    """Return the status of an answer, on a connection that stays open; or none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    stack.callback(connection.close)
    with suppress(ConnectionError):
        connection.request("GET", "/v2/")
        answer = connection.getresponse()
        answer.read()
        return answer.status
    return None


def wait_until_served(port):
    """Connect until that is not refused any more."""
    for _ in range(1000):
        with ExitStack() as stack:
            if status(port, stack) == 200:
                return
    raise AssertionError("it stays full")


def refusals(port):
    """Return how many connections were refused, as the metrics have it."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        page = answer.read().decode()
    (found,) = re.findall(
        r'^notary_refusals_total{limit="connections"} (\S+)', page, re.M
    )
    return float(found)


def test_with_few_files_there_are_few_connections_and_the_log_says_so(tmp_path):
    port = free_port()
    path = write_config(tmp_path, memory_config(port))
    command = [*LIMITED, *COMMAND, "-config", str(path)]
    with running(command, tmp_path) as server:
        assert f"at most {CONNECTIONS} connections" in server.wait_for("at most")
        for _ in range(2):
            with ExitStack() as stack:
                found = [status(port, stack) for _ in range(FILES)]
                assert found[: CONNECTIONS // 2] == [200] * (CONNECTIONS // 2)
                assert found.count(200) <= CONNECTIONS
                assert found.count(503) + found.count(None) >= FILES - CONNECTIONS
            wait_until_served(port)
        assert refusals(port) >= FILES - CONNECTIONS
        assert server.stop() == 0
        told = [line for line in server.log if "limits.connections is reached" in line]
        assert len(told) == 1
        assert not [line for line in server.log if "EMFILE" in line]


def test_what_is_wanted_is_given_if_there_are_files_enough():
    assert connections_at_most(1) == 1
