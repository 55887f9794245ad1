"""The signer as a program: how it starts, refuses to start, and stops."""

import json
import re
import socket
import ssl
import urllib.request

import pytest

from tests.running import (
    SIGNER_COMMAND,
    TWISTD,
    ended,
    free_port,
    running,
    write_config,
)

SECRET = {"NOTARY_SIGNER_ONE": "correct horse"}


@pytest.fixture(scope="module")
def signer_pair(authority):
    return authority.issue("signer")


@pytest.fixture
def config(authority, signer_pair):
    return {
        "server": {
            "grpc_addr": f"127.0.0.1:{free_port()}",
            "http_addr": f"127.0.0.1:{free_port()}",
            "tls_cert_file": str(signer_pair.certificate),
            "tls_key_file": str(signer_pair.key),
            "client_ca_file": str(authority.certificate),
        },
        "logging": {"level": "info"},
        "storage": {
            "backend": "sqlite3",
            "db_url": "keys.db",
            "default_alias": "one",
        },
    }


def twistd(config, folder):
    path = write_config(folder, config)
    return [*TWISTD, "notary-signer", "--config", str(path)]


def command(config, folder, *flags):
    return [*SIGNER_COMMAND, f"-config={write_config(folder, config)}", *flags]


def fatal_messages(outcome):
    lines = [json.loads(line) for line in outcome.stderr.splitlines()]
    assert outcome.returncode == 1
    return [line["msg"] for line in lines if line["level"] == "fatal"]


def logged(signer):
    return [(line["level"], line["msg"]) for line in map(json.loads, signer.log)]


def warnings(signer):
    """Return what is warned of, but for certificates, which live two days in tests."""
    found = [text for level, text in logged(signer) if level == "warning"]
    return [text for text in found if not text.startswith("a certificate of ")]


@pytest.fixture(scope="module")
def client(authority):
    """Ask the HTTPS API, with a client certificate."""
    pair = authority.issue("client")
    context = ssl.create_default_context(cafile=authority.certificate)
    context.load_cert_chain(pair.certificate, pair.key)

    def ask(config, path, **members):
        data = json.dumps(members).encode() if members else None
        port = config["server"]["http_addr"].rpartition(":")[2]
        request = urllib.request.Request(
            f"https://localhost:{port}/v1/{path}",
            data,
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20, context=context) as answer:
            return json.loads(answer.read())

    return ask


def test_it_listens_on_both_addresses_and_ends_with_exit_code_0(
    config, tmp_path, client
):
    with running(twistd(config, tmp_path), tmp_path, **SECRET) as signer:
        assert client(config, "health")["status"] == "ok"
        assert signer.stop() == 0
    messages = logged(signer)
    assert messages[0][1].startswith("Version: ")
    assert messages[1] == ("info", "Using sqlite3 backend")
    started = [text for _, text in messages if text.startswith("Starting on ")]
    assert len(started) == 2
    for name in ("grpc_addr", "http_addr"):
        assert any(config["server"][name] in text for text in started)


def test_the_command_is_the_same_program(config, tmp_path, client):
    with running(command(config, tmp_path), tmp_path, **SECRET) as signer:
        assert client(config, "health")["status"] == "ok"
        assert signer.stop() == 0


def test_without_an_authority_of_clients_it_warns_loudly(config, tmp_path):
    del config["server"]["client_ca_file"]
    with running(twistd(config, tmp_path), tmp_path, **SECRET) as signer:
        signer.stop()
    (warning,) = warnings(signer)
    assert "server.client_ca_file is not set: WHOEVER REACHES THIS SIGNER" in warning


def test_a_missing_passphrase_is_a_warning_that_names_the_variable(config, tmp_path):
    with running(twistd(config, tmp_path), tmp_path) as signer:
        signer.stop()
    (warning,) = warnings(signer)
    assert "NOTARY_SIGNER_ONE" in warning


@pytest.mark.parametrize("key", ["grpc_addr", "http_addr"])
def test_an_address_in_use_is_one_fatal_line(key, config, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        config["server"][key] = f"127.0.0.1:{busy.getsockname()[1]}"
        outcome = ended(twistd(config, tmp_path), tmp_path, **SECRET)
    assert fatal_messages(outcome) == [
        f"listen tcp {config['server'][key]}: bind: address already in use"
    ]


def test_files_that_cannot_be_read_are_named_before_anything_starts(config, tmp_path):
    config["server"]["client_ca_file"] = "missing.crt"
    messages = fatal_messages(ended(command(config, tmp_path), tmp_path))
    assert messages == [
        "server.client_ca_file: could not read CA certificate"
        f' "{tmp_path}/missing.crt": open {tmp_path}/missing.crt:'
        " no such file or directory"
    ]


def test_bootstrap_is_refused_by_a_store_that_needs_none(config, tmp_path):
    outcome = ended(command(config, tmp_path, "-bootstrap"), tmp_path)
    assert fatal_messages(outcome) == [
        "store does not support bootstrapping: storage.backend sqlite3 needs none"
    ]


def test_on_mysql_it_says_what_makes_its_schema_and_then_keeps_keys_there(
    config, tmp_path, mariadb_server, client
):
    place = mariadb_server.create_database()
    config["storage"] |= {"backend": "mysql", "db_url": place.dsn}
    (message,) = fatal_messages(ended(command(config, tmp_path), tmp_path, **SECRET))
    assert "run notary-signer -bootstrap -config FILE" in message
    made = ended(command(config, tmp_path, "-bootstrap"), tmp_path)
    assert (made.returncode, "was created" in made.stdout) == (0, True)
    asked = {"gun": "a", "role": "timestamp", "algorithm": "ecdsa"}
    with running(command(config, tmp_path), tmp_path, **SECRET) as signer:
        key = client(config, "keys", **asked)
        signer.stop()
    assert place.run("SELECT key_id, passphrase_alias FROM private_keys") == [
        (key["key_id"], "one")
    ]


def test_keys_are_moved_to_another_passphrase(config, tmp_path, client):
    asked = {"gun": "a", "role": "timestamp", "algorithm": "ed25519"}
    with running(command(config, tmp_path), tmp_path, **SECRET):
        key = client(config, "keys", **asked)
    config["storage"]["default_alias"] = "two"
    both = {**SECRET, "NOTARY_SIGNER_TWO": "battery staple"}
    task = command(config, tmp_path, "-reencrypt", "one")
    moved = ended(task, tmp_path, **both)
    assert (moved.returncode, moved.stderr) == (0, "")
    assert "1" in moved.stdout
    assert not re.search("horse|staple", moved.stdout)
    with running(
        command(config, tmp_path), tmp_path, NOTARY_SIGNER_TWO="battery staple"
    ):
        path = f"keys/{key['key_id']}/signatures"
        assert client(config, path, payload="")["key_id"] == key["key_id"]


def test_without_the_old_passphrase_no_key_is_moved(config, tmp_path):
    task = command(config, tmp_path, "-reencrypt", "zero")
    outcome = ended(task, tmp_path, **SECRET)
    assert outcome.returncode == 1
    assert "NOTARY_SIGNER_ZERO" in outcome.stdout


def test_keys_in_memory_cannot_be_moved(config, tmp_path):
    config["storage"] = {"backend": "memory"}
    outcome = ended(command(config, tmp_path, "-reencrypt", "one"), tmp_path)
    assert fatal_messages(outcome) == [
        "storage.backend: memory keeps no keys to encrypt anew"
    ]
