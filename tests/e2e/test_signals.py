"""Every signal, sent to a real server under load: no request is lost to any of them."""

import json
import signal
import socket
import ssl

import pytest

from tests.running import COMMAND, free_port, memory_config, running, write_config
from tests.steady_load import loaded

HUP = signal.SIGHUP
MORE, LESS = signal.SIGUSR1, signal.SIGUSR2


@pytest.fixture
def tls_config(authority, tmp_path):
    """A configuration whose certificate can be replaced, and how to do that."""
    config = memory_config(free_port())

    def replace(name: str) -> None:
        pair = authority.issue(name)
        (tmp_path / "server.key").write_bytes(pair.key.read_bytes())
        (tmp_path / "server.crt").write_bytes(pair.certificate.read_bytes())

    replace("first")
    config["server"] |= {"tls_cert_file": "server.crt", "tls_key_file": "server.key"}
    return config, replace


def command(folder, config):
    return [*COMMAND, f"-config={write_config(folder, config)}"]


def port_of(config):
    return int(config["server"]["http_addr"].rpartition(":")[2])


def test_sigterm_answers_whatever_was_accepted(tmp_path):
    config = memory_config(free_port())
    with running(command(tmp_path, config), tmp_path) as server:
        with loaded(port_of(config)) as load:
            assert server.stop() == 0, server.log
        assert lost(load) == []


def lost(load):
    """Return what was not answered although the server had accepted it.

    Whom the system connects at the very moment when the port is closed, it resets.
    """
    own = ("refused: ", "new: ConnectionResetError")
    return [failure for failure in load.failures if not failure.startswith(own)]


def test_sigint_answers_whatever_was_accepted_too(tmp_path):
    config = memory_config(free_port())
    with running(command(tmp_path, config), tmp_path) as server:
        with loaded(port_of(config)) as load:
            server.signal(signal.SIGINT)
            assert server.wait() == 0, server.log
        assert lost(load) == []


def test_steps_of_the_log_level_are_told_in_the_words_of_go(tmp_path):
    config = memory_config(free_port())
    with running(command(tmp_path, config), tmp_path) as server:
        with loaded(port_of(config)) as load:
            for number in (MORE, MORE, *[LESS] * 6):
                server.signal(number)
                # Signals that arrive together would be one.
                load.wait_for_answers(20)
        assert load.failures == []
        assert server.stop() == 0
    assert server.output.splitlines() == [
        "Successfully setting log level to debug",
        "Attempt to increase log level failed, will remain at debug level,"
        " error: log level can not be set higher than Debug",
        "Successfully setting log level to info",
        "Successfully setting log level to warning",
        "Successfully setting log level to error",
        "Successfully setting log level to fatal",
        "Successfully setting log level to panic",
        "Attempt to decrease log level failed, will remain at panic level,"
        " error: log level can not be set lower than Panic",
    ]


def test_sighup_reads_the_log_level_from_the_configuration(tmp_path):
    config = memory_config(free_port())
    with running(command(tmp_path, config), tmp_path) as server:
        with loaded(port_of(config)) as load:
            config["logging"]["level"] = "debug"
            write_config(tmp_path, config)
            server.signal(HUP)
            server.wait_for("logging.level: debug, was info")
            config["caching"] = {"max_age": {"current_metadata": 1}}
            write_config(tmp_path, config)
            server.signal(HUP)
            server.wait_for("what else has changed in the configuration needs a")
            (tmp_path / "config.json").write_text("{")
            server.signal(HUP)
            server.wait_for("logging.level: stays as it was: could not read")
            load.wait_for_answers(20)
        assert load.failures == []
        assert server.stop() == 0


def test_sighup_replaces_the_certificate_and_breaks_no_connection(
    tmp_path, authority, tls_config
):
    config, replace = tls_config
    client = ssl.create_default_context(cafile=authority.certificate)
    port = port_of(config)
    with running(command(tmp_path, config), tmp_path) as server:
        with loaded(port, client) as load:
            assert common_name(port, client) == "first"
            replace("second")
            server.signal(HUP)
            server.wait_for("TLS: new certificate 'CN=second' until")
            assert common_name(port, client) == "second"
            (tmp_path / "server.crt").write_text("nothing of the kind")
            server.signal(HUP)
            line = server.wait_for("TLS: stays as it was")
            assert common_name(port, client) == "second"
            load.wait_for_answers(20)
        assert load.failures == []
        assert server.stop() == 0
    assert json.loads(line)["level"] == "error"
    assert "server.crt holds no readable PEM certificate" in line


def common_name(port: int, client: ssl.SSLContext) -> str:
    """Return whose certificate a new connection is shown."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=30) as plain,
        client.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        return dict(name[0] for name in connection.getpeercert()["subject"])[
            "commonName"
        ]
