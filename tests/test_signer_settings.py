"""What the signer's configuration may hold, and what becomes of it."""

import json
from pathlib import Path

import pytest

from notary.settings import SettingsError, load_signer
from notary.settings.signer import SIGNER_KEYS
from tests.server_settings import LIMITS

MINIMAL = {
    "server": {"grpc_addr": ":7899", "tls_cert_file": "s.crt", "tls_key_file": "s.key"},
    "storage": {"backend": "memory"},
}
STORED = {
    **MINIMAL,
    "storage": {"backend": "sqlite3", "db_url": "keys.db", "default_alias": "one"},
}

# Key path -> a value to give, where it ends up, and what it becomes ({} is the folder).
KEYS = {
    "server.grpc_addr": ("a:1", "server.grpc_addr", "a:1"),
    "server.http_addr": ("b:2", "server.http_addr", "b:2"),
    "server.tls_cert_file": ("x/c", "server.tls_cert_file", Path("{}/x/c")),
    "server.tls_key_file": ("./k", "server.tls_key_file", Path("{}/k")),
    "server.client_ca_file": ("/ca", "server.client_ca_file", Path("/ca")),
    "server.ops_addr": ("c:3", "server.ops_addr", "c:3"),
    "server.drain_delay_seconds": (5, "server.drain_delay_seconds", 5),
    "storage.backend": ("memory", "storage.backend", "memory"),
    "storage.db_url": ("k.db", "storage.db_url", "{}/k.db"),
    "storage.tls_ca_file": ("ca", "storage.tls_ca_file", Path("{}/ca")),
    "storage.client_cert_file": ("c", "storage.client_cert_file", Path("{}/c")),
    "storage.client_key_file": ("k", "storage.client_key_file", Path("{}/k")),
    "storage.default_alias": ("two", "default_alias", "two"),
    "logging.level": ("debug", "logging.level", "debug"),
    "reporting.bugsnag.api_key": ("secret", "reporting.api_key", "secret"),
    "reporting.bugsnag.release_stage": ("x", "reporting.release_stage", "x"),
    "reporting.bugsnag.endpoint": ("https://x", "reporting.endpoint", "https://x"),
    **{f"limits.{name}": ("7", f"limits.{name}", 7) for name in LIMITS},
}
ALSO = {
    "storage.client_cert_file": {"storage.client_key_file": "k"},
    "storage.client_key_file": {"storage.client_cert_file": "c"},
    "reporting.bugsnag.release_stage": {"reporting.bugsnag.api_key": "secret"},
    "reporting.bugsnag.endpoint": {"reporting.bugsnag.api_key": "secret"},
}


@pytest.fixture
def load(tmp_path):
    path = tmp_path / "signer.json"

    def load_it(config, **environ):
        path.write_text(json.dumps(config))
        return load_signer(path, environ)

    return load_it


def changed(config, key, value):
    """Return the configuration with another value at the key path, or without it."""
    copy = json.loads(json.dumps(config))
    *sections, name = key.split(".")
    place = copy
    for section in sections:
        place = place.setdefault(section, {})
    place[name] = value
    return copy


def problems(load, config, **environ):
    with pytest.raises(SettingsError) as caught:
        load(config, **environ)
    return list(caught.value.problems)


def test_the_table_of_keys_names_every_key():
    assert set(KEYS) == set(SIGNER_KEYS.scalars)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("place", ["file", "environment"])
def test_a_key_is_read_from_the_file_and_from_the_environment(
    key, place, load, tmp_path
):
    value, attribute, expected = KEYS[key]
    config, environ = STORED, {}
    for name, other in ALSO.get(key, {}).items():
        config = changed(config, name, other)
    if place == "file":
        config = changed(config, key, value)
    else:
        environ[f"NOTARY_SIGNER_{key.upper().replace('.', '_')}"] = value
    found = load(config, **environ)
    for name in attribute.split("."):
        found = getattr(found, name)
    assert str(found) == str(expected).format(tmp_path)


def test_the_api_alone_is_enough(load):
    config = changed(changed(MINIMAL, "server.grpc_addr", ""), "server.http_addr", ":1")
    server = load(config).server
    assert (server.grpc_addr, server.http_addr) == ("", ":1")


def test_a_signer_must_listen_somewhere(load):
    assert problems(load, changed(MINIMAL, "server.grpc_addr", None)) == [
        "server.grpc_addr: grpc listen address required for server"
    ]


@pytest.mark.parametrize(
    "key", ["server.grpc_addr", "server.http_addr", "server.ops_addr"]
)
def test_an_address_without_a_port_is_refused(key, load):
    (problem,) = problems(load, changed(MINIMAL, key, "localhost"))
    assert problem == f"{key}: address localhost: missing port in address"


@pytest.mark.parametrize("key", ["server.tls_cert_file", "server.tls_key_file"])
def test_there_is_no_signer_without_tls(key, load):
    (problem,) = problems(load, changed(MINIMAL, key, ""))
    assert problem.startswith(f"{key}: unable to set up TLS: Could not load X509")


def test_stored_keys_need_an_alias(load):
    assert problems(load, changed(STORED, "storage.default_alias", "")) == [
        "storage.default_alias: must provide a default alias for the key DB"
    ]


def test_the_alias_may_come_from_the_variable_of_the_first_releases(load):
    legacy = {"NOTARY_SIGNER_DEFAULT_ALIAS": "old"}
    without = changed(STORED, "storage.default_alias", "")
    assert load(without, **legacy).default_alias == "old"
    assert load(STORED, **legacy).default_alias == "one"


def test_an_alias_that_no_row_can_hold_is_refused(load):
    assert problems(load, changed(STORED, "storage.default_alias", "x" * 51)) == [
        "storage.default_alias: longer than 50 characters"
    ]


def test_passphrases_in_the_environment_are_no_settings(load):
    load(STORED, NOTARY_SIGNER_ONE="secret", NOTARY_SIGNER_TWO="secret")


def test_every_problem_is_named_at_once(load):
    assert (
        len(problems(load, {"storage": {"backend": "x"}, "logging": {"level": 1}})) > 3
    )


def test_no_secret_is_in_the_text_of_the_settings(load):
    config = changed(STORED, "reporting.bugsnag.api_key", "hunter2")
    config = changed(config, "storage.backend", "mysql")
    config = changed(config, "storage.db_url", "u:hunter2@tcp(h:1)/d")
    assert "hunter2" not in repr(load(config))
