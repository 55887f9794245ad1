"""The commands, as operators of the Go programs call them."""

import json
import os
import signal
import subprocess

import pytest

from notary.command import SERVER, SIGNER
from tests.running import (
    COMMAND,
    LIMIT_SECONDS,
    SIGNER_COMMAND,
    ended,
    environment,
    free_port,
    memory_config,
    running,
    write_config,
)

PROGRAMS = pytest.mark.parametrize(
    ("command", "program"),
    [(COMMAND, SERVER), (SIGNER_COMMAND, SIGNER)],
    ids=["server", "signer"],
)


@PROGRAMS
def test_the_version_keeps_its_prefix_and_names_python(command, program, tmp_path):
    outcome = ended([*command, "-version"], tmp_path)
    assert outcome.returncode == 0
    assert outcome.stdout.startswith(f"{program.name} Version: 0.")
    assert "Python version: 3." in outcome.stdout


@PROGRAMS
@pytest.mark.parametrize("flag", ["-help", "--help", "-h"])
def test_help_lists_the_flags_and_ends_with_exit_code_0(
    flag, command, program, tmp_path
):
    outcome = ended([*command, flag], tmp_path)
    assert outcome.returncode == 0
    for known in program.flags:
        assert f"\n  -{known.name}" in outcome.stderr


def test_every_task_is_asked_for_by_a_flag():
    for program in (SERVER, SIGNER):
        assert set(program.tasks) <= {flag.name for flag in program.flags}


def test_an_unknown_flag_ends_with_exit_code_2_and_the_usage(tmp_path):
    outcome = ended([*COMMAND, "-nope"], tmp_path)
    assert outcome.returncode == 2
    assert outcome.stderr.startswith(
        "flag provided but not defined: -nope\nUsage of notary-server:\n"
    )


def fatal_messages(outcome):
    lines = [json.loads(line) for line in outcome.stderr.splitlines()]
    assert outcome.returncode == 1
    assert outcome.stdout == ""
    assert {line["level"] for line in lines} == {"fatal"}
    return [line["msg"] for line in lines]


def test_without_a_configuration_the_error_names_a_dot(tmp_path):
    (message,) = fatal_messages(ended(COMMAND, tmp_path))
    assert message == "could not read the configuration .: give one with -config FILE"


def test_each_problem_of_a_configuration_is_one_fatal_line(tmp_path):
    config = memory_config(1, level="loud")
    config["server"] = {}
    command = [*COMMAND, f"-config={write_config(tmp_path, config)}"]
    assert fatal_messages(ended(command, tmp_path)) == [
        'logging.level: not a valid logrus Level: "loud"; it must be debug, info,'
        " warning, error or fatal",
        "server.http_addr: http listen address required for server",
    ]


def test_a_log_format_that_does_not_exist_is_refused(tmp_path):
    path = write_config(tmp_path, memory_config(1))
    (message,) = fatal_messages(
        ended([*COMMAND, f"-config={path}", "-logf", "xml"], tmp_path)
    )
    assert message == "--logf: xml is not json or logfmt"


def test_two_sources_of_settings_are_refused(tmp_path):
    command = [*COMMAND, "-config=a.json", "-development", str(tmp_path / "dev")]
    (message,) = fatal_messages(ended(command, tmp_path))
    assert message == "-config, -development: give one of them, not both"
    assert not (tmp_path / "dev").exists()


def test_a_reader_who_has_had_enough_is_no_error(tmp_path):
    path = write_config(tmp_path, memory_config(1))
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as output:
        process = subprocess.run(
            [*COMMAND, f"-config={path}", "-check-signer"],
            env=environment(),
            stdout=output,
            stderr=subprocess.PIPE,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    assert (process.returncode, process.stderr) == (1, b"")


def test_bootstrap_is_refused_by_a_store_that_needs_none(tmp_path):
    path = write_config(tmp_path, memory_config(1))
    (message,) = fatal_messages(
        ended([*COMMAND, f"-config={path}", "-bootstrap"], tmp_path)
    )
    assert message == (
        "store does not support bootstrapping: storage.backend memory needs none"
    )


def test_a_database_that_cannot_be_opened_is_a_fatal_line_too(tmp_path):
    config = memory_config(free_port())
    config["storage"] = {"backend": "sqlite3", "db_url": "missing/n.db"}
    command = [*COMMAND, f"-config={write_config(tmp_path, config)}"]
    (message,) = fatal_messages(ended(command, tmp_path))
    assert message.startswith(f"storage.db_url: {tmp_path}/missing/n.db: ")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_in_the_foreground_until_it_is_stopped(number, tmp_path):
    path = write_config(tmp_path, memory_config(free_port()))
    command = [*COMMAND, "-config", str(path), "-logf=logfmt"]
    with running(command, tmp_path) as server:
        server.signal(number)
        assert server.wait() == 0
    assert server.log[0].split(" ")[1] == "level=info"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["config.json"]
