"""A log that nobody can write any more: whoever asks is served all the same."""

import os
import subprocess
import time

import pytest

from tests.ops.pages import samples
from tests.running import (
    COMMAND,
    LIMIT_SECONDS,
    environment,
    free_port,
    memory_config,
    write_config,
)
from tests.started import GUN_KEY, get


def full_disk():
    """Return a file to which nothing can be written."""
    return os.open("/dev/full", os.O_WRONLY)


def gone_reader():
    """Return a pipe from which nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


@pytest.fixture(params=[full_disk, gone_reader])
def port(request, tmp_path):
    port = free_port()
    path = write_config(tmp_path, memory_config(port, level="info"))
    log = request.param()
    process = subprocess.Popen(
        [*COMMAND, "-config", str(path)],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=log,
    )
    os.close(log)
    try:
        _wait_until_it_answers(port)
        yield port
        process.terminate()
        assert process.wait(LIMIT_SECONDS) == 0
    finally:
        process.kill()
        process.wait(LIMIT_SECONDS)


def _wait_until_it_answers(port):
    end = time.monotonic() + LIMIT_SECONDS
    while True:
        try:
            return get(port, "/_notary_server/live")
        except ConnectionRefusedError:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_a_log_that_cannot_be_written_stops_no_answer_and_is_counted(port):
    for path, status in (("/v2/", 200), (GUN_KEY, 200), ("/none", 404)):
        assert get(port, path)[0] == status
    _, page = get(port, "/metrics")
    assert samples(page.decode())[("notary_log_writes_failed_total",)] > 3
