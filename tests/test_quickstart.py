"""The first command of the README, and those that it prints, as they stand.

But for what it fetches: that is there already.
"""

import re
import shutil
import ssl
import sys
from pathlib import Path

import pytest

from notary.ops.development import commands_to_try
from tests.pages import PROJECT, run_block
from tests.running import free_port, running
from tests.started import get

PASSPHRASES = {
    f"NOTARY_{role}_PASSPHRASE": "correct horse"
    for role in ("ROOT", "TARGETS", "SNAPSHOT")
}
NEEDED = ("notary", "twisted", "setup.cfg", "pyproject.toml")


@pytest.fixture
def clone(tmp_path):
    """A clone of the project, in whose ``.venv`` everything is up to date."""
    folder = tmp_path / "clone"
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / "etc").mkdir()
    for name in NEEDED:
        (folder / name).symlink_to(PROJECT / name)
    for name in ("quickstart", "make-venv"):
        (folder / "etc" / name).symlink_to(PROJECT / "etc" / name)
    twistd = Path(sys.executable).with_name("twistd")
    for name, program in {"python": Path(sys.executable), "twistd": twistd}.items():
        (folder / ".venv" / "bin" / name).symlink_to(program)
    (folder / ".venv" / "installed").touch()
    return folder


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
