"""Credentials of systemd: files that stand for variables."""

import os

import pytest

from notary.ops.credentials import with_credentials
from notary.settings import SettingsError
from tests.running import SIGNER_COMMAND, TWISTD, ended, memory_config, write_config

SECRET = "correct horse"
NAME = "NOTARY_SIGNER_ALIAS_ONE"


def given(folder, **variables):
    return with_credentials({"CREDENTIALS_DIRECTORY": str(folder), **variables})


def test_a_file_stands_for_the_variable_of_its_name(tmp_path):
    (tmp_path / NAME).write_text(SECRET + "\n")
    (tmp_path / "tls.key").write_bytes(b"\xff is none of ours")
    assert given(tmp_path, HOME="/")[NAME] == SECRET
    assert given(tmp_path, HOME="/")["HOME"] == "/"
    assert with_credentials({"HOME": "/"}) == {"HOME": "/"}


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines", b"\xff", b"x" * 20000])
def test_what_is_no_line_of_text_is_refused_and_never_quoted(tmp_path, content):
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        given(tmp_path)
    assert str(caught.value).startswith(f"{NAME}: the credential ")
    assert "lines" not in str(caught.value).removeprefix(NAME)


def test_a_pipe_without_a_writer_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / NAME)
    with pytest.raises(SettingsError, match="is not one line of text"):
        given(tmp_path)


def test_a_value_may_not_be_given_twice(tmp_path):
    (tmp_path / NAME).write_text(SECRET)
    with pytest.raises(SettingsError, match="keep one of them") as caught:
        given(tmp_path, **{NAME: "another"})
    assert SECRET not in str(caught.value)


def test_a_folder_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(SettingsError, match="No such file"):
        given(tmp_path / "none")


def test_both_programs_read_credentials(tmp_path):
    """A credential of a setting is used as a variable is, with its errors."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "NOTARY_SERVER_LOGGING_LEVEL").write_text("loud")
    (folder / "NOTARY_SIGNER_LOGGING_LEVEL").write_text("loud")
    path = write_config(tmp_path, memory_config(1))
    for command in (
        [*TWISTD, "notary-server", "--config", str(path)],
        [*SIGNER_COMMAND, "-config", str(path)],
    ):
        done = ended(command, tmp_path, CREDENTIALS_DIRECTORY=str(folder))
        assert done.returncode == 1
        assert "not a valid logrus Level" in done.stdout + done.stderr
