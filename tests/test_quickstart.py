"""The first command of the README, and those that it prints, as they stand.

But for what it fetches: that is there already.
"""

import re
import shutil
import ssl
from pathlib import Path

import pytest

from notary.ops.development import commands_to_try
from tests.clone import make_clone
from tests.pages import run_block
from tests.running import free_port, running
from tests.started import get

PASSPHRASES = {
    f"NOTARY_{role}_PASSPHRASE": "correct horse"
    for role in ("ROOT", "TARGETS", "SNAPSHOT")
}


@pytest.fixture
def clone(tmp_path):
    return make_clone(tmp_path / "clone")


def test_the_first_command_serves_what_it_says(clone, tmp_path):
    port, data = free_port(), tmp_path / "notary-data"
    address = {"NOTARY_SERVER_SERVER_HTTP_ADDR": f"localhost:{port}"}
    command = ["bash", str(clone / "etc" / "quickstart"), str(data)]
    with running(command, tmp_path, **address) as server:
        trusting = ssl.create_default_context(cafile=str(data / "ca.crt"))
        assert get(port, "/v2/", trusting) == (200, b"{}")
        assert server.stop() == 0
    assert f"notary -s https://localhost:{port}" in server.output
    assert (data / "config.json").exists()


def test_what_it_prints_to_try_works_as_it_stands_and_after_a_new_beginning(
    clone, tmp_path
):
    data = tmp_path / "notary-data"
    for _ in range(2):
        port = free_port()
        address = {"NOTARY_SERVER_SERVER_HTTP_ADDR": f"localhost:{port}"}
        tour = commands_to_try(data, port)
        command = ["bash", str(clone / "etc" / "quickstart"), str(data)]
        with running(command, tmp_path, **address) as server:
            commands = re.findall(r"^  (notary .*)$", tour, re.M)
            said = [run_block(each, tmp_path, **PASSPHRASES)[0] for each in commands]
            assert server.stop() == 0
        assert tour in server.output
        assert re.search(r"^v1 ", said[3], re.M)
        assert said[4].endswith(Path("/etc/hostname").read_text())
        shutil.rmtree(data)
