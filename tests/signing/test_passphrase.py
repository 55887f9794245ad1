"""Where passphrases come from: the environment, or a file that nobody else may read."""

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from notary.signing.passphrase import (
    PassphraseError,
    ephemeral,
    local_passphrases,
    read_or_create,
    signer_passphrases,
    startup_warning,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "passphrase"


def written(path, content, mode=0o600):
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_file_is_made_on_first_use_and_used_ever_after(path):
    passphrase = read_or_create(path)
    assert len(base64.b64decode(passphrase, validate=True)) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_or_create(path) == passphrase
    assert list(path.parent.iterdir()) == [path]


def test_the_mode_does_not_depend_on_the_umask(path):
    previous = os.umask(0)
    try:
        read_or_create(path)
    finally:
        os.umask(previous)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_of_many_that_make_the_file_at_once_all_get_the_same(path):
    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(read_or_create, [path] * 16))
    assert len(found) == 1
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o660, 0o777, 0o601])
def test_a_file_that_others_may_touch_is_refused(path, mode):
    written(path, b"secret-passphrase\n", mode)
    with pytest.raises(PassphraseError, match="chmod 600") as raised:
        read_or_create(path)
    assert "secret-passphrase" not in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"x" * 4097])
def test_a_file_without_a_passphrase_is_refused(path, content):
    with pytest.raises(PassphraseError):
        read_or_create(written(path, content))


def test_a_folder_or_a_pipe_is_refused(path):
    os.mkfifo(path, 0o600)
    with pytest.raises(PassphraseError):
        read_or_create(path)
    with pytest.raises(PassphraseError):
        read_or_create(path.parent)


def test_a_missing_folder_is_told(path):
    with pytest.raises(PassphraseError, match="No such file"):
        read_or_create(path / "missing" / "passphrase")


def test_only_the_line_end_is_cut_off(path):
    assert read_or_create(written(path, b" a b \r\n")) == " a b "


def test_the_environment_comes_first_and_makes_no_file(path):
    given = {"NOTARY_SERVER_KEY_PASSPHRASE": "from env"}
    assert local_passphrases(given, path).find("local") == "from env"
    assert not path.exists()
    empty = {"NOTARY_SERVER_KEY_PASSPHRASE": ""}
    assert local_passphrases(empty, path).find("local") == read_or_create(path)


def test_keys_of_a_go_signer_are_opened_with_the_variables_it_had(path):
    environ = {"NOTARY_SIGNER_ALIAS_ONE_2": "secret", "NOTARY_SIGNER_EMPTY": ""}
    passphrases = local_passphrases(environ, path)
    assert passphrases.find("alias_one.2") == "secret"
    assert passphrases.find("empty") is None
    assert passphrases.find("unknown") is None
    assert "secret" not in repr(passphrases)


def test_a_signer_looks_a_passphrase_up_whenever_it_needs_it():
    environ = {"NOTARY_SIGNER_ALIAS_ONE": "secret", "NOTARY_SIGNER_EMPTY": ""}
    passphrases = signer_passphrases("alias.one", environ)
    assert passphrases.alias == "alias.one"
    assert passphrases.get("alias.one") == passphrases.get("Alias_One") == "secret"
    environ["NOTARY_SIGNER_ALIAS_ONE"] = "another"
    assert passphrases.get("alias.one") == "another"
    for missing in ("empty", "other", ""):
        with pytest.raises(PassphraseError) as raised:
            passphrases.get(missing)
        assert str(raised.value) == (
            f"there is no passphrase of alias {missing!r}:"
            f" NOTARY_SIGNER_{missing.upper()} is not set"
        )
    assert "another" not in repr(passphrases)


def test_a_signer_without_its_passphrase_warns_at_the_start():
    environ = {}
    passphrases = signer_passphrases("alias.one", environ)
    assert startup_warning(passphrases) == (
        "no key can be made: there is no passphrase of alias 'alias.one':"
        " NOTARY_SIGNER_ALIAS_ONE is not set"
    )
    environ["NOTARY_SIGNER_ALIAS_ONE"] = "secret"
    assert startup_warning(passphrases) is None


def test_a_passphrase_in_memory_is_random_and_never_shown():
    first, second = ephemeral(), ephemeral()
    assert first != second
    assert repr(first) == "Passphrases(alias='local')"
