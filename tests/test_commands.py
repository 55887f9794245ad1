"""Every command in the documentation is shell, has flags that exist, and is run.

The table says by which test, or why by none. Whoever writes a command adds a row.
"""

import re
import subprocess

import pytest

from notary.command import SERVER, SIGNER
from tests.pages import PROJECT

CI = ".ci/run"
CI_IN_PART = "not run: CI runs the whole of it"
LONG = "not run: it takes from minutes to hours; what it calls is tested"
ENGINE = "not run: there is no Docker here; tests/image does what it does without one"
SOMEBODYS = "not run: it changes the machine, or asks a host of somebody's"
NETWORK = "not run: it fetches more than packages"
SAME = "the same is done by "
"""Before a test that does not take the words from the page."""

_LAB = "tests/test_authentication_docs.py::test_the_lab_can_be_set_up_used_and"
_TAKING_OVER = "tests/test_operating.py::test_taking_over_from_the_go_server"
_NO_SIGNER = "tests/test_operating.py::test_doing_without_a_signer_and_going_back"
_DATABASE = "tests/test_operating.py::test_a_database_is_made_served_saved_and_restored"
_STARTS = "tests/test_documented_starts.py::test_"
_REENCRYPT = SAME + "tests/test_reencrypt_command.py::test_all_keys_are_moved"

COMMANDS = {
    "README.md": (
        SAME + "tests/test_quickstart.py::test_the_first_command_serves_what_it_says",
        CI,
        CI_IN_PART,
        _STARTS + "a_command_of_the_readme_serves_what_the_first_try_has_made",
    ),
    "bench/README.md": (LONG, LONG),
    "docs/authentication.md": (_LAB, _LAB, _LAB, _LAB),
    "docs/debugging.md": (
        SAME + "tests/debug/test_pprof.py::test_pprof_reads_what_a_server",
    ),
    "docs/image.md": (ENGINE,) * 10,
    "docs/logging.md": (
        SAME + "tests/e2e/test_request_id.py::test_publishes_at_the_same_time_are_told",
    ),
    "docs/operating.md": (
        _STARTS + "what_is_installed_tells_its_version",
        _STARTS + "a_server_starts_in_the_folder_of_its_configuration",
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
        _STARTS + "a_signer_starts_in_the_folder_of_its_configuration",
        "tests/test_operating.py::test_the_schema_of_a_recorded_signer_is_completed",
        _STARTS + "certificates_are_made_and_renewed",
        _STARTS + "certificates_are_made_and_renewed",
        SAME + "tests/test_check_signer.py::test_all_is_well_and_no_key_is_made",
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
RUN_BY = sorted(
    {(page, who) for page, row in COMMANDS.items() for who in row if "::" in who}
)
LANGUAGES = {"sh", "json", "ini", "sql", "text"}
"""Of the blocks in the pages; commands are in ``sh``, whatever they are for."""
MADE = {"bench/results"}
"""What a command makes."""
DRAWN = {"docs/architecture.md"}
"""Pages with drawings, in blocks of no language."""
TEXTS = {
    path.relative_to(PROJECT).as_posix(): path.read_text()
    for pattern in PAGES
    for path in sorted(PROJECT.glob(pattern))
}
SAID = "\n".join(
    [
        *("".join(found) for found in BLOCKS.values()),
        *(each for text in TEXTS.values() for each in re.findall(r"`([^`\n]+)`", text)),
    ]
).replace("\\\n", " ")
"""All commands, in blocks and amid sentences, each on a line."""


def test_of_every_block_of_commands_it_is_said_who_runs_it():
    assert {page: len(found) for page, found in BLOCKS.items()} == {
        page: len(row) for page, row in COMMANDS.items()
    }


@pytest.mark.parametrize(("page", "who"), RUN_BY)
def test_every_test_that_runs_commands_exists_and_takes_them_from_the_page(page, who):
    path, _, name = who.removeprefix(SAME).partition("::")
    source = (PROJECT / path).read_text()
    assert f"def {name}" in source
    assert who.startswith(SAME) or f'"{page.removeprefix("docs/")}"' in source


@pytest.mark.parametrize("page", TEXTS)
def test_no_command_hides_in_a_block_of_another_language(page):
    opened = re.findall(r"^ *```(.*)\n(?:.*\n)*?^ *```$", TEXTS[page], re.M)
    assert set(opened) <= LANGUAGES | ({""} if page in DRAWN else set())


@pytest.mark.parametrize("page", BLOCKS)
def test_every_command_is_shell(page):
    for block in BLOCKS[page]:
        done = subprocess.run(["bash", "-n"], input=block.encode(), check=False)
        assert done.returncode == 0, block


def test_every_file_of_ours_that_a_command_starts_exists():
    started = re.findall(r"(?:^|\s)((?:etc|bench|faults)/[\w./*-]*[\w*])", SAID, re.M)
    assert len(started) > 20
    for path in set(started) - MADE:
        assert list(PROJECT.glob(path)), path


@pytest.mark.parametrize("program", [SERVER, SIGNER], ids=lambda each: each.name)
def test_every_flag_of_our_programs_exists(program):
    lines = re.findall(rf"(?:^|[ /])(?<! -u ){program.name} (-[a-z].*)$", SAID, re.M)
    given = {flag for line in lines for flag in re.findall(r"(?:^| )-([a-z-]+)", line)}
    assert given
    assert given <= {flag.name for flag in program.flags}
