"""Commands of the pages that install or start a program, as they stand.

What they fetch is there already. Those about databases are in ``test_operating.py``.
"""

import json
import os
import re

import pytest

from tests.certificates import Authority
from tests.clone import make_clone
from tests.pages import PROJECT, Page, run_block
from tests.running import free_port, memory_config, running, write_config

README = (PROJECT / "README.md").read_text()
OPERATING, SIGNER = Page("operating.md"), Page("signer.md")
INSTALL, START = OPERATING.blocks("Install", "sh")
START_SIGNER, _ = SIGNER.blocks("Configuration", "sh")
MAKE, RENEW = SIGNER.blocks("Certificates", "sh")
TRIED = re.findall(r"^\.venv/bin/.*notary-data/.*$", README, re.M)


@pytest.fixture
def clone(tmp_path):
    return make_clone(tmp_path / "clone")


@pytest.fixture
def variables(clone):
    """An environment in which the programs of the clone are found by their names."""
    return {"PATH": f"{clone}/.venv/bin:{os.environ['PATH']}"}


def test_what_is_installed_tells_its_version(clone):
    said, _ = run_block(INSTALL, clone)
    assert said.startswith("notary-server Version: ")


def test_the_embedded_set_up_of_the_readme_is_that_of_the_first_try(clone):
    (shown,) = re.findall(r"^```json\n(.*?)^```$", README, re.M | re.S)
    address = {"NOTARY_SERVER_SERVER_HTTP_ADDR": f"localhost:{free_port()}"}
    with running(["bash", "etc/quickstart"], clone, **address):
        made = (clone / "notary-data" / "config.json").read_text()
    assert json.loads(shown) == json.loads(made)


@pytest.mark.parametrize("command", TRIED, ids=["twistd", "notary-server"])
def test_a_command_of_the_readme_serves_what_the_first_try_has_made(clone, command):
    address = {"NOTARY_SERVER_SERVER_HTTP_ADDR": f"localhost:{free_port()}"}
    for each in ("bash etc/quickstart", command):
        with running(["bash", "-c", f"exec {each}"], clone, **address) as server:
            assert server.stop() == 0


def test_a_server_starts_in_the_folder_of_its_configuration(clone, variables):
    write_config(clone, memory_config(free_port()))
    with running(["bash", "-c", f"exec {START}"], clone, **variables) as server:
        assert server.stop() == 0
    assert all(json.loads(line) for line in server.log)


def test_a_signer_starts_in_the_folder_of_its_configuration(clone, variables):
    pair = Authority(clone / "ca").issue("signer")
    config = {
        "server": {
            "grpc_addr": f"127.0.0.1:{free_port()}",
            "tls_cert_file": str(pair.certificate),
            "tls_key_file": str(pair.key),
        },
        "storage": {"backend": "memory"},
        "logging": {"level": "info"},
    }
    (clone / "signer.json").write_text(json.dumps(config))
    with running(["bash", "-c", f"exec {START_SIGNER}"], clone, **variables) as signer:
        assert signer.stop() == 0


def test_certificates_are_made_and_renewed(clone):
    made = clone / "certificates"
    assert str(made) in run_block(MAKE, clone)[0]
    before = (made / "notary-server.crt").read_bytes()
    run_block(RENEW, clone)
    assert (made / "notary-server.crt").read_bytes() != before
