"""Configurations that cannot be read, and hostile ones: one error that says why."""

import contextlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.settings import SettingsError, load_server, source
from notary.settings.check import SERVER_KEYS
from tests.server_settings import (
    MINIMAL,
    environment_text,
    load,
    nested,
    problems,
    variable,
)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"a": 1,\n "b": }', "line 2, column 7: "),
        (b'{"a": 1,}', "line 1, column "),
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


@given(key=key_paths, value=environment_text)
def test_no_variable_raises_anything_but_a_settings_error(folder, key, value):
    load_or_refuse(folder, MINIMAL, {variable(key): value})
