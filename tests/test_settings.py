"""What a configuration file and the environment may hold, and what becomes of it."""

import contextlib
import json
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
    SettingsError,
    load_server,
    load_signer,
    source,
)
from notary.settings.address import Address, parse_address
from notary.settings.check import SERVER_KEYS

MINIMAL = {
    "server": {"http_addr": ":4443"},
    "trust_service": {"type": "local"},
    "storage": {"backend": "memory"},
}

# Key path -> a value to give, where it ends up, what it becomes ({} is the folder).
REMOTE = {"trust_service.type": "remote", "trust_service.key_algorithm": "ecdsa"}
PAIR = {"server.tls_cert_file": "c", "server.tls_key_file": "k"}
TOKEN = {"realm": "r", "service": "s", "issuer": "i", "rootcertbundle": "b"}
BUGSNAG = {"reporting.bugsnag.api_key": "secret"}
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
    **{
        f"limits.{name}": ("7", f"limits.{name}", 7, {})
        for name in (
            "head_bytes",
            "body_bytes",
            "parts",
            "part_bytes",
            "idle_seconds",
            "request_seconds",
            "bodies_bytes",
            "changes",
            "connections",
            "connections_per_address",
        )
    },
}


def nested(pairs, start=None):
    """Return the object with the values at their key paths."""
    tree = json.loads(json.dumps(start or {}))
    for key, value in pairs.items():
        *sections, last = key.split(".")
        place = tree
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = value
    return tree


def write(folder, config):
    path = folder / "config.json"
    path.write_bytes(
        config if isinstance(config, bytes) else json.dumps(config).encode()
    )
    return path


def load(folder, config, environ=None):
    return load_server(write(folder, config), environ or {})


def problems(folder, config, environ=None):
    with pytest.raises(SettingsError) as caught:
        load(folder, config, environ)
    return caught.value.problems


def value_at(settings, attribute):
    group, name = attribute.split(".")
    return getattr(getattr(settings, group), name)


def in_folder(expected, folder):
    if isinstance(expected, str | Path):
        text = str(expected).format(folder)
        return type(expected)(text if "://" in text else os.path.normpath(text))
    return expected


def variable(key):
    return "NOTARY_SERVER_" + key.upper().replace(".", "_")


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
        65536, 32 * 2**20, 1000, 16 * 2**20, 60, 60, 256 * 2**20, 100, 8000, 6000
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


def test_all_problems_are_reported_at_once_each_with_its_key_path(tmp_path):
    config = {
        "server": {"tls_cert_file": "x", "ops_addr": "localhost"},
        "trust_service": {"type": "Local"},
        "storage": {"backend": "mongo"},
        "auth": {"type": "silly"},
        "logging": {"level": "loud"},
        "caching": {"max_age": {"current_metadata": -1}},
        "repositories": {"gun_prefixes": ["a/", "b"]},
        "reporting": {"bugsnag": {"endpoint": "http://e"}},
        "limits": {"parts": 0},
    }
    assert {problem.partition(":")[0] for problem in problems(tmp_path, config)} == {
        "server.http_addr",
        "server.ops_addr",
        "server.tls_key_file",
        "trust_service.type",
        "storage.backend",
        "auth.type",
        "logging.level",
        "caching.max_age.current_metadata",
        "repositories.gun_prefixes",
        "reporting.bugsnag.api_key",
        "limits.parts",
    }


def test_the_message_of_a_problem_is_the_one_that_operators_know(tmp_path):
    config = nested({"trust_service.type": "x"}, MINIMAL)
    assert problems(tmp_path, config) == (
        'trust_service.type: must specify either a "local" or "remote" type'
        " for trust_service",
    )


@pytest.mark.parametrize("section", SERVER_KEYS.sections)
def test_a_variable_that_names_a_section_is_refused(section, tmp_path):
    found = problems(tmp_path, MINIMAL, {variable(section): "x"})
    assert found == (
        f"{section}: a whole section cannot be set by a variable"
        f" ({variable(section)}), only the keys in it, one by one",
    )


@pytest.mark.parametrize("section", SERVER_KEYS.sections)
def test_a_section_that_is_not_an_object_is_refused(section, tmp_path):
    config = nested({section: "x"}, {})
    assert any(
        problem == f"{section}: must be an object with keys of its own"
        for problem in problems(tmp_path, config)
    )


def test_no_secret_is_in_the_text_of_settings_or_of_an_error(tmp_path):
    config = nested(
        {
            "storage.backend": "mysql",
            "storage.db_url": "user:hunter2@tcp(db)/x",
            "reporting.bugsnag.api_key": "hunter2",
            "auth.type": "token",
            "auth.options": {**TOKEN, "password": "hunter2"},
        },
        MINIMAL,
    )
    assert "hunter2" not in repr(load(tmp_path, config))
    broken = nested({"storage.db_url": "hunter2", "logging.level": "x"}, config)
    assert "hunter2" not in "".join(problems(tmp_path, broken))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"a": 1,\n "b": }', "line 2, column 7: "),
        (b'{"a": 1,}', "line 1, column 9: "),
        (b"[]", "it must hold one JSON object"),
        (b'{"a": 1, "A": 2}', "the key 'a' is given twice in one object"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"\xff": 1}', "byte 2 is not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b" " * (source.MAX_BYTES + 1), "it is larger than 1048576 bytes"),
    ],
)
def test_a_file_that_cannot_be_parsed_is_one_line_that_says_why(
    content, problem, tmp_path
):
    (found,) = problems(tmp_path, content)
    assert found.startswith(f"could not read the configuration {tmp_path}/config.json")
    assert problem in found
    assert "\n" not in found


def test_a_missing_file_a_folder_and_a_pipe_are_one_line_each(tmp_path):
    (tmp_path / "folder.json").mkdir()
    os.mkfifo(tmp_path / "pipe.json")
    for name, problem in (
        ("missing.json", "No such file or directory"),
        ("folder.json", "Is a directory"),
        ("pipe.json", "it is not a file"),
    ):
        with pytest.raises(SettingsError) as caught:
            load_server(tmp_path / name, {})
        assert str(caught.value) == (
            f"could not read the configuration {tmp_path}/{name}: {problem}"
        )


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["local", "remote", "memory", "mysql", "sqlite3", ":1", "token"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
key_paths = st.sampled_from([*SERVER_KEYS.scalars, *SERVER_KEYS.sections])


def load_or_refuse(folder, config, environ=None):
    with contextlib.suppress(SettingsError):
        load(folder, config, environ)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("settings")


@given(content=st.binary(max_size=200))
def test_no_bytes_as_a_configuration_raise_anything_but_a_settings_error(
    folder, content
):
    load_or_refuse(folder, content)


@given(config=anything)
def test_no_json_as_a_configuration_raises_anything_but_a_settings_error(
    folder, config
):
    load_or_refuse(folder, config)


@given(key=key_paths, value=anything)
def test_no_json_at_any_key_raises_anything_but_a_settings_error(folder, key, value):
    load_or_refuse(folder, nested({key: value}, {} if "." not in key else MINIMAL))


environment_text = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20
)


@given(key=key_paths, value=environment_text)
def test_no_variable_raises_anything_but_a_settings_error(folder, key, value):
    load_or_refuse(folder, MINIMAL, {variable(key): value})


@given(key=st.sampled_from(SERVER_KEYS.scalars))
def test_an_empty_variable_is_as_good_as_none(folder, key):
    assert load(folder, MINIMAL, {variable(key): ""}) == load(folder, MINIMAL)


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


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (":4443", Address("", 4443)),
        ("localhost:0", Address("localhost", 0)),
        ("127.0.0.1:65535", Address("127.0.0.1", 65535)),
        ("[::1]:80", Address("::1", 80)),
    ],
)
def test_an_address_is_read_as_go_reads_it(text, address):
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nope", "missing port in address"),
        ("[::1]", "missing port in address"),
        ("::1:80", "too many colons in address"),
        ("[::1:80", "too many colons in address"),
        ("a:65536", "the port must be at most 65535"),
        ("a:-1", "the port must be a number"),
        ("a:", "the port must be a number"),
        ("a:\u0661", "the port must be a number"),
    ],
)
def test_a_wrong_address_is_refused_with_the_reason(text, problem):
    with pytest.raises(ValueError, match=problem):
        parse_address(text)


def test_a_signer_is_asked_by_grpc_unless_the_settings_say_otherwise(tmp_path):
    config = nested(REMOTE, MINIMAL)
    assert load(tmp_path, config).trust_service.protocol == "grpc"
    (problem,) = problems(tmp_path, nested({"trust_service.protocol": "x"}, config))
    assert problem.startswith("trust_service.protocol: x is not a known protocol")
    seconds = nested({"trust_service.deadline_seconds": 0}, config)
    (problem,) = problems(tmp_path, seconds)
    assert problem == (
        "trust_service.deadline_seconds: must be a number between 1 and 300"
    )


@pytest.mark.parametrize(
    ("key", "given", "most"),
    [
        ("renewal.after_percent", 0, 100),
        ("renewal.after_percent", 101, 100),
        ("renewal.per_minute", 0, 1000),
        ("renewal.per_minute", 1001, 1000),
        ("renewal.per_minute", "often", 1000),
    ],
)
def test_renewals_have_limits_of_how_early_and_how_often(tmp_path, key, given, most):
    (problem,) = problems(tmp_path, nested({key: given}, MINIMAL))
    assert problem == f"{key}: must be a number between 1 and {most}"


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
