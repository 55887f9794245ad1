"""The program as a whole: how it starts, or refuses to."""

import re
import socket

import pytest

from tests.running import TWISTD, ended, free_port, memory_config, running, write_config
from tests.started import GUN_KEY, get, lines, twistd


def test_a_server_with_everything_in_memory_answers_and_ends_with_exit_code_0(tmp_path):
    port = free_port()
    path = write_config(tmp_path, memory_config(port))
    with running(twistd(path), tmp_path) as server:
        assert get(port, "/v2/") == (200, b"{}")
        assert server.stop() == 0
    assert server.output == ""


def test_the_first_lines_of_the_log_say_what_was_started(tmp_path):
    port = free_port()
    path = write_config(tmp_path, memory_config(port))
    with running(twistd(path), tmp_path) as server:
        messages = [(line["level"], line["msg"]) for line in lines(server.log)]
    assert messages[0][1].startswith("Version: ")
    assert messages[1:] == [
        ("info", "Using memory backend"),
        (
            "info",
            "Using local signing service, which requires ED25519. Ignoring all other"
            " trust_service parameters, including keyAlgorithm",
        ),
        ("info", f"Starting on 127.0.0.1:{port}"),
    ]


def test_the_log_can_be_logfmt_and_debug_shows_what_twisted_says(tmp_path):
    path = write_config(tmp_path, memory_config(free_port(), level="debug"))
    command = twistd(path, "--logf", "logfmt")
    with running(command, tmp_path) as server:
        server.stop()
    assert all(
        re.match(r"time=\S+ level=(debug|info|warning) msg=", line)
        for line in server.log
    )
    assert any("starting up" in line for line in server.log)


def test_at_level_error_only_the_version_is_logged_at_start_and_nothing_at_the_end(
    tmp_path,
):
    port = free_port()
    path = write_config(tmp_path, memory_config(port, level="error"))
    log = tmp_path / "log"
    command = [*TWISTD, "--logfile", str(log), "notary-server", "-c", str(path)]
    busy = socket.create_server(("127.0.0.1", port))
    with busy:
        assert ended(command, tmp_path).returncode == 1
    first, last = lines(log.read_text().splitlines())
    assert first["msg"].startswith("Version: ")
    assert last["level"] == "fatal"


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("127.0.0.1", "address already in use"),
        ("192.0.2.1", "cannot assign requested address"),
    ],
)
def test_an_address_that_cannot_be_had_ends_the_start_with_one_fatal_line(
    host, reason, tmp_path
):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        config = memory_config(0)
        address = f"{host}:{busy.getsockname()[1]}"
        config["server"]["http_addr"] = address
        outcome = ended(twistd(write_config(tmp_path, config)), tmp_path)
    assert outcome.returncode == 1
    *_, last = lines(outcome.stderr.splitlines())
    assert (last["level"], last["msg"]) == (
        "fatal",
        f"listen tcp {address}: bind: {reason}",
    )
    assert "Traceback" not in outcome.stderr + outcome.stdout


def test_a_bad_configuration_is_one_message_with_all_problems_and_no_traceback(
    tmp_path,
):
    config = memory_config(1)
    config["server"]["http_addr"] = "nope"
    config["logging"]["level"] = "loud"
    outcome = ended(twistd(write_config(tmp_path, config)), tmp_path)
    assert outcome.returncode == 1
    assert outcome.stdout.endswith(
        ": 2 problems:\n"
        '  logging.level: not a valid logrus Level: "loud"; it must be debug,'
        " info, warning, error or fatal\n"
        "  server.http_addr: address nope: missing port in address\n"
    )
    assert "Traceback" not in outcome.stderr + outcome.stdout


def test_a_database_that_cannot_be_opened_ends_the_start_with_one_line(tmp_path):
    config = memory_config(free_port())
    config["storage"] = {"backend": "sqlite3", "db_url": "missing/notary.db"}
    outcome = ended(twistd(write_config(tmp_path, config)), tmp_path)
    assert outcome.returncode == 1
    assert outcome.stderr == (
        f"storage.db_url: {tmp_path}/missing/notary.db: the database failed:"
        " No such file or directory\n"
    )


def test_the_passphrase_of_the_keys_may_come_from_the_environment(tmp_path):
    port = free_port()
    config = memory_config(port, level="debug")
    config["storage"] = {"backend": "sqlite3", "db_url": "n.db"}
    path = write_config(tmp_path, config)
    secret = "correct horse battery staple"
    with running(twistd(path), tmp_path, NOTARY_SERVER_KEY_PASSPHRASE=secret) as server:
        assert get(port, GUN_KEY)[0] == 200
        server.stop()
    assert not (tmp_path / "n.db.passphrase").exists()
    assert secret not in "".join(server.log)


def test_a_lost_passphrase_is_not_replaced_by_another(tmp_path):
    port = free_port()
    config = memory_config(port)
    config["storage"] = {"backend": "sqlite3", "db_url": "n.db"}
    path = write_config(tmp_path, config)
    with running(twistd(path), tmp_path) as server:
        assert get(port, GUN_KEY)[0] == 200
        server.stop()
    file = tmp_path / "n.db.passphrase"
    kept = file.rename(tmp_path / "kept")
    outcome = ended(twistd(path), tmp_path)
    assert outcome.returncode == 1
    assert f"neither it nor the file {file} is there" in outcome.stderr
    assert not file.exists()
    kept.rename(file)
    with running(twistd(path), tmp_path) as server:
        assert get(port, GUN_KEY)[0] == 200
        server.stop()


def test_a_key_that_nobody_knows_is_told_at_any_level(tmp_path):
    config = memory_config(1, level="error")
    config["loging"] = {"level": "debug"}
    config["server"] = {"http_addr": "192.0.2.1:1", "http_adress": ":1"}
    log = ended(twistd(write_config(tmp_path, config)), tmp_path).stderr.splitlines()
    said = [line["msg"] for line in lines(log) if line["level"] == "warning"]
    assert said == [
        "server.http_adress: no such key, so it is ignored; is it meant to be"
        " server.http_addr?",
        "loging: no such key, so it is ignored; is it meant to be logging?",
    ]


def test_files_for_the_way_to_the_signer_that_cannot_be_read_end_the_start(tmp_path):
    config = memory_config(1)
    config["trust_service"] = {
        "type": "remote",
        "hostname": "localhost",
        "port": "1",
        "key_algorithm": "ecdsa",
        "tls_ca_file": "missing.crt",
    }
    outcome = ended(twistd(write_config(tmp_path, config)), tmp_path)
    assert outcome.returncode == 1
    assert outcome.stderr.rstrip().endswith(
        f"trust_service.tls_ca_file: open {tmp_path}/missing.crt:"
        " no such file or directory"
    )
