"""The units of systemd, judged by systemd's own tools; no systemd runs here."""

import re
import subprocess

import pytest

from tests.running import PROJECT

UNITS = PROJECT / "etc" / "systemd"
PROGRAMS = ("server", "signer")
MAX_EXPOSURE = 2.0


def analyzed(*arguments):
    """Run ``systemd-analyze``; return its exit code and all that it says."""
    done = subprocess.run(
        ["systemd-analyze", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_units_are_correct(program, tmp_path):
    """The programs are where the test puts them, and systemd follows every rule."""
    binary = tmp_path / f"notary-{program}"
    binary.write_text("#!/bin/sh\n")
    binary.chmod(0o755)
    for kind in ("service", "socket"):
        unit = (UNITS / f"notary-{program}.{kind}").read_text()
        placed = unit.replace("/opt/notary/bin", str(tmp_path))
        (tmp_path / f"notary-{program}.{kind}").write_text(placed)
    units = sorted(tmp_path.glob("*.s*"))
    assert len(units) == 2
    assert analyzed("verify", "--man=no", *units) == (0, "")


@pytest.mark.parametrize("program", PROGRAMS)
def test_little_is_exposed(program):
    unit = UNITS / f"notary-{program}.service"
    code, said = analyzed("security", "--offline=true", "--no-pager", unit)
    assert code == 0, said
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    assert found, said
    assert float(found[1]) <= MAX_EXPOSURE


@pytest.mark.parametrize("program", PROGRAMS)
def test_it_tells_that_it_is_ready_and_alive_and_may_verify_clients(program):
    unit = (UNITS / f"notary-{program}.service").read_text()
    assert "\nMemoryDenyWriteExecute=" not in unit
    assert "\nType=notify\n" in unit
    assert "\nWatchdogSec=" in unit


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_core_file_is_written(program):
    unit = (UNITS / f"notary-{program}.service").read_text()
    assert "\nLimitCORE=0\n" in unit
