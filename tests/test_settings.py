"""Every key of the configuration, in the file and in the environment."""

import os
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.settings import (
    AuthSettings,
    CachingSettings,
    LimitsSettings,
    load_server,
    load_signer,
    source,
)
from notary.settings.check import SERVER_KEYS
from tests.server_settings import (
    LIMITS,
    MINIMAL,
    REMOTE,
    TOKEN,
    environment_text,
    load,
    nested,
    variable,
)

PAIR = {"server.tls_cert_file": "c", "server.tls_key_file": "k"}
BUGSNAG = {"reporting.bugsnag.api_key": "secret"}
# Key path -> a value to give, where it ends up, what it becomes ({} is the folder).
KEYS = {
    "server.http_addr": ("a:1", "server.http_addr", "a:1", {}),
    "server.tls_cert_file": ("x/c", "server.tls_cert_file", Path("{}/x/c"), PAIR),
    "server.tls_key_file": ("./k", "server.tls_key_file", Path("{}/k"), PAIR),
    "server.client_ca_file": ("/ca", "server.client_ca_file", Path("/ca"), PAIR),
    "server.ops_addr": ("a:2", "server.ops_addr", "a:2", {}),
    "server.drain_delay_seconds": (5, "server.drain_delay_seconds", 5, {}),
    "server.trusted_proxies": (
        "10.0.0.0/8 ::1",
        "server.trusted_proxies",
        (ip_network("10.0.0.0/8"), ip_network("::1")),
        {},
    ),
    "trust_service.type": ("local", "trust_service.type", "local", {}),
    "trust_service.hostname": ("h", "trust_service.hostname", "h", REMOTE),
    "trust_service.port": ("7899", "trust_service.port", "7899", REMOTE),
    "trust_service.key_algorithm": (
        "rsa",
        "trust_service.key_algorithm",
        "rsa",
        REMOTE,
    ),
    "trust_service.tls_ca_file": (
        "../ca",
        "trust_service.tls_ca_file",
        Path("{}/../ca"),
        REMOTE,
    ),
    "trust_service.tls_client_cert": (
        "c",
        "trust_service.tls_client_cert",
        Path("{}/c"),
        {**REMOTE, "trust_service.tls_client_key": "k"},
    ),
    "trust_service.tls_client_key": (
        "k",
        "trust_service.tls_client_key",
        Path("{}/k"),
        {**REMOTE, "trust_service.tls_client_cert": "c"},
    ),
    "trust_service.protocol": ("https", "trust_service.protocol", "https", REMOTE),
    "trust_service.deadline_seconds": (
        "9",
        "trust_service.deadline_seconds",
        9,
        REMOTE,
    ),
    "storage.backend": ("mysql", "storage.backend", "mysql", {"storage.db_url": "/b"}),
    "storage.db_url": (
        "n.db",
        "storage.db_url",
        "{}/n.db",
        {"storage.backend": "sqlite3"},
    ),
    "storage.tls_ca_file": ("ca", "storage.tls_ca_file", Path("{}/ca"), {}),
    "storage.client_cert_file": (
        "c",
        "storage.client_cert_file",
        Path("{}/c"),
        {"storage.client_key_file": "k"},
    ),
    "storage.client_key_file": (
        "k",
        "storage.client_key_file",
        Path("{}/k"),
        {"storage.client_cert_file": "c"},
    ),
    "auth.type": ("token", "auth.type", "token", {"auth.options": TOKEN}),
    "logging.level": ("WARN", "logging.level", "warning", {}),
    "reporting.bugsnag.api_key": ("k", "reporting.api_key", "k", {}),
    "reporting.bugsnag.release_stage": ("s", "reporting.release_stage", "s", BUGSNAG),
    "reporting.bugsnag.endpoint": (
        "http://e",
        "reporting.endpoint",
        "http://e",
        BUGSNAG,
    ),
    "caching.max_age.current_metadata": ("0", "caching.current_metadata", 0, {}),
    "caching.max_age.consistent_metadata": ("6", "caching.consistent_metadata", 6, {}),
    "caching.memory_bytes": ("1000", "caching.memory_bytes", 1000, {}),
    "repositories.gun_prefixes": (
        " a/ b/c/ ",
        "repositories.gun_prefixes",
        ("a/", "b/c/"),
        {},
    ),
    "renewal.after_percent": ("7", "renewal.after_percent", 7, {}),
    "renewal.per_minute": ("7", "renewal.per_minute", 7, {}),
    "rates.gun_per_minute": ("7", "rates.gun_per_minute", 7, {}),
    "rates.subject_per_minute": ("7", "rates.subject_per_minute", 7, {}),
    **{f"limits.{name}": ("7", f"limits.{name}", 7, {}) for name in LIMITS},
}


def value_at(settings, attribute):
    group, name = attribute.split(".")
    return getattr(getattr(settings, group), name)


def in_folder(expected, folder):
    if isinstance(expected, str | Path):
        text = str(expected).format(folder)
        return type(expected)(text if "://" in text else os.path.normpath(text))
    return expected


def test_the_table_of_keys_names_every_key():
    assert set(KEYS) == set(SERVER_KEYS.scalars)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_read_from_the_file(key, tmp_path):
    given_value, attribute, expected, others = KEYS[key]
    config = nested({**others, key: given_value}, MINIMAL)
    found = value_at(load(tmp_path, config), attribute)
    assert found == in_folder(expected, tmp_path)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_read_from_the_environment_though_the_file_lacks_it(key, tmp_path):
    given_value, attribute, expected, others = KEYS[key]
    config = nested(others, MINIMAL)
    section, name = key.rsplit(".", 1)
    if section in config:
        config[section].pop(name, None)
    settings = load(tmp_path, config, {variable(key): given_value})
    assert value_at(settings, attribute) == in_folder(expected, tmp_path)


def test_what_is_not_given_has_the_documented_defaults(tmp_path):
    settings = load(tmp_path, MINIMAL)
    assert settings.caching == CachingSettings(300, 2592000, 32 * 2**20)
    assert settings.limits == LimitsSettings(
        *(65536, 32 * 2**20, 1000, 16 * 2**20, 60, 60, 256 * 2**20, 256 * 2**20),
        *(100, 8000, 6000),
    )
    assert settings.logging.level == "error"
    assert settings.repositories.gun_prefixes == ()
    assert settings.auth == AuthSettings("", None)


def test_keys_are_case_insensitive_and_unknown_ones_are_ignored(tmp_path):
    config = {
        "SERVER": {"Http_Addr": ":1", "tls": 3},
        "Trust_Service": {"TYPE": "local"},
        "Storage": {"Backend": "memory"},
        "colour": "blue",
    }
    assert load(tmp_path, config).server.http_addr == ":1"


@pytest.mark.parametrize("key", SERVER_KEYS.scalars)
def test_an_empty_variable_is_as_good_as_none(tmp_path, key):
    assert load(tmp_path, MINIMAL, {variable(key): ""}) == load(tmp_path, MINIMAL)


@given(
    key=st.sampled_from(SERVER_KEYS.scalars),
    in_file=environment_text,
    in_environment=environment_text.filter(bool),
)
def test_a_variable_always_beats_the_file(key, in_file, in_environment):
    beaten = source.overlay(
        {key: in_file}, {variable(key): in_environment}, SERVER_KEYS, []
    )
    assert beaten == {key: in_environment}


def test_the_shipped_examples_of_both_programs_fit_together():
    etc = Path(__file__).parent.parent / "etc"
    settings = load_server(etc / "notary-server.json", {})
    assert settings.server.tls_cert_file == etc / "notary-server.crt"
    assert settings.trust_service.type == "remote"
    assert settings.trust_service.hostname == "notarysigner"
    assert settings.trust_service.protocol == "https"
    assert settings.trust_service.tls_ca_file == etc / "ca.crt"
    assert settings.storage.backend == "mysql"
    signer = load_signer(etc / "notary-signer.json", {})
    assert signer.server.http_addr == f":{settings.trust_service.port}"
    assert signer.server.client_ca_file == etc / "ca.crt"
    assert signer.default_alias == "alias_one"
