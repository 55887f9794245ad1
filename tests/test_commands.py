"""Every command in the documentation is shell, has flags that exist, and is run.

The table says by which test, or why by none. Whoever writes a command adds a row.
"""

import re
import subprocess

import pytest

from notary.command import SERVER, SIGNER
from tests.pages import PROJECT

CI = ".ci/run"
LONG = "not run: it takes from minutes to hours; what it calls is tested"
ENGINE = "not run: there is no Docker here; tests/image does what it does without one"
SOMEBODYS = "not run: it changes the machine, or asks a host of somebody's"
NETWORK = "not run: it fetches more than packages"

_LAB = "tests/test_authentication_docs.py::test_the_lab_can_be_set_up_used_and"
_TAKING_OVER = "tests/test_operating.py::test_taking_over_from_the_go_server"
_NO_SIGNER = "tests/test_operating.py::test_doing_without_a_signer_and_going_back"
_DATABASE = "tests/test_operating.py::test_a_database_is_made_served_saved_and_restored"
_FOREGROUND = "tests/test_command.py::test_it_runs_in_the_foreground"
_CERTIFICATES = "tests/ops/test_make_certificates.py::test_make_certificates_is_a"
_REENCRYPT = "tests/test_reencrypt_command.py::test_all_keys_are_moved"

COMMANDS = {
    "README.md": (
        "tests/test_quickstart.py::test_the_first_command_serves_what_it_says",
        CI,
        _FOREGROUND,
    ),
    "bench/README.md": (LONG, LONG),
    "docs/authentication.md": (_LAB, _LAB, _LAB, _LAB),
    "docs/debugging.md": ("tests/debug/test_pprof.py::test_pprof_reads_what_a_server",),
    "docs/image.md": (ENGINE,) * 10,
    "docs/logging.md": (
        "tests/e2e/test_request_id.py::test_publishes_at_the_same_time_are_told",
    ),
    "docs/operating.md": (
        CI,
        _FOREGROUND,
        _DATABASE,
        _TAKING_OVER,
        _TAKING_OVER,
        _NO_SIGNER,
        _NO_SIGNER,
        _NO_SIGNER,
        _DATABASE,
        _DATABASE,
        "tests/test_operating.py::test_an_embedded_database_is_saved_while_it_is_used",
    ),
    "docs/performance.md": (LONG,),
    "docs/releasing.md": (NETWORK, NETWORK, LONG),
    "docs/reliability.md": (LONG,),
    "docs/security.md": (LONG,),
    "docs/signer-api.md": (SOMEBODYS,),
    "docs/signer.md": (
        _FOREGROUND,
        "tests/test_signer_start.py::test_on_mysql_it_says_what_makes_its_schema",
        _CERTIFICATES,
        "tests/ops/test_make_certificates.py::test_renewing_keeps_the_authority",
        "tests/test_check_signer.py::test_",
        _REENCRYPT,
        _REENCRYPT,
        _NO_SIGNER,
        _NO_SIGNER,
    ),
    "docs/systemd.md": (SOMEBODYS,),
}
"""For each page, and each of its blocks of commands, who runs it."""

PAGES = ("*.md", "docs/**/*.md", "bench/*.md", "faults/*.md")
BLOCKS = {
    path.relative_to(PROJECT).as_posix(): found
    for pattern in PAGES
    for path in sorted(PROJECT.glob(pattern))
    if (found := re.findall(r"^ *```sh\n(.*?)^ *```$", path.read_text(), re.M | re.S))
}
RUN_BY = sorted({who for row in COMMANDS.values() for who in row if "::" in who})


def test_of_every_block_of_commands_it_is_said_who_runs_it():
    assert {page: len(found) for page, found in BLOCKS.items()} == {
        page: len(row) for page, row in COMMANDS.items()
    }


@pytest.mark.parametrize("who", RUN_BY)
def test_every_test_that_runs_commands_exists(who):
    path, _, name = who.partition("::")
    assert f"def {name}" in (PROJECT / path).read_text()


@pytest.mark.parametrize("page", BLOCKS)
def test_every_command_is_shell(page):
    for block in BLOCKS[page]:
        done = subprocess.run(["bash", "-n"], input=block.encode(), check=False)
        assert done.returncode == 0, block


@pytest.mark.parametrize("page", BLOCKS)
def test_every_file_of_ours_that_a_command_starts_exists(page):
    for block in BLOCKS[page]:
        for path in re.findall(r"(?:^|\s)((?:etc|bench|faults)/[\w./*-]+)", block):
            assert list(PROJECT.glob(path)), path


@pytest.mark.parametrize("program", [SERVER, SIGNER], ids=lambda each: each.name)
def test_every_flag_of_our_programs_exists(program):
    text = "".join("".join(found) for found in BLOCKS.values()).replace("\\\n", " ")
    lines = re.findall(rf"(?:^|[ /]){program.name} (-[a-z].*)$", text, re.M)
    given = {flag for line in lines for flag in re.findall(r"(?:^| )-([a-z-]+)", line)}
    assert given
    assert given <= {flag.name for flag in program.flags}
