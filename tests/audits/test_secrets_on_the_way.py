"""NCC CS-DRNT15-6: no secret is given on a command line, where everybody can see it."""

import re

import pytest

from tests.running import COMMAND, SIGNER_COMMAND, ended

SECRETS = ("pass", "pin", "secret", "credential", "token", "key")


@pytest.mark.parametrize("command", [COMMAND, SIGNER_COMMAND], ids=["server", "signer"])
def test_no_flag_takes_a_secret(command, tmp_path):
    outcome = ended([*command, "-help"], tmp_path)
    with_value = re.findall(r"^  -(\S+) \S+", outcome.stdout + outcome.stderr, re.M)
    assert "config" in with_value
    assert [flag for flag in with_value if any(word in flag for word in SECRETS)] == []
