"""Where the passphrases that protect keys at rest come from.

The environment is handed in by the wiring.
"""

import base64
import contextlib
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

from notary.bounded_file import opened

DEFAULT_ALIAS = "local"
PASSPHRASE_VARIABLE = "NOTARY_SERVER_KEY_PASSPHRASE"  # noqa: S105 -- only its name
SIGNER_PREFIX = "NOTARY_SIGNER_"

_RANDOM_BYTES = 32
_MAX_BYTES = 4096
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class PassphraseError(Exception):
    """There is no passphrase to be had; the message says what to do."""


@frozen
class Passphrases:
    """Passphrases by alias, and the alias under which new keys are encrypted.

    ``environ`` is where the Go signer finds those of other aliases, so that its keys
    can be used: the alias in upper case behind ``NOTARY_SIGNER_``.
    """

    alias: str
    by_alias: Mapping[str, str] = field(repr=False)
    environ: Mapping[str, str] = field(factory=dict, repr=False)

    def find(self, alias: str) -> str | None:
        """Return the passphrase of an alias, or ``None`` if there is none."""
        return self.by_alias.get(alias) or self.environ.get(_variable(alias)) or None

    def get(self, alias: str) -> str:
        """Return the passphrase of an alias or raise ``PassphraseError``."""
        passphrase = self.find(alias)
        if passphrase is None:
            raise PassphraseError(
                f"there is no passphrase of alias {alias!r}: {_variable(alias)} is not"
                " set"
            )
        return passphrase


def _variable(alias: str) -> str:
    return SIGNER_PREFIX + alias.upper().replace(".", "_")


def signer_passphrases(default_alias: str, environ: Mapping[str, str]) -> Passphrases:
    """Return the passphrases of a signer, each looked up whenever it is used."""
    return Passphrases(default_alias, {}, environ)


def startup_warning(passphrases: Passphrases) -> str | None:
    """Return what to tell at the start if no key can be made, or ``None``."""
    try:
        passphrases.get(passphrases.alias)
    except PassphraseError as error:
        return f"no key can be made: {error}"
    return None


def ephemeral() -> Passphrases:
    """Return a random passphrase that nobody else ever sees."""
    return Passphrases(DEFAULT_ALIAS, {DEFAULT_ALIAS: _random()})


def given_passphrases(environ: Mapping[str, str]) -> Passphrases | None:
    """Return the passphrase that the environment gives to local signing, if any."""
    given = environ.get(PASSPHRASE_VARIABLE)
    if not given:
        return None
    return Passphrases(DEFAULT_ALIAS, {DEFAULT_ALIAS: given}, environ)


def local_passphrases(environ: Mapping[str, str], path: Path) -> Passphrases:
    """Return the passphrase of the embedded signer.

    It comes from the environment, or else from the file, which is made on first
    use. Raise ``PassphraseError``.
    """
    given = given_passphrases(environ)
    if given is not None:
        return given
    made = {DEFAULT_ALIAS: read_or_create(path)}
    return Passphrases(DEFAULT_ALIAS, made, environ)


def read_or_create(path: Path) -> str:
    """Return the passphrase in the file, made with mode 0600 if there is none."""
    try:
        with contextlib.suppress(FileExistsError):
            _create(path)
        return _read(path)
    except OSError as error:
        raise PassphraseError(f"{path}: {error.strerror}") from None


def _create(path: Path) -> None:
    # Written aside and linked into place: whoever finds the file finds all of it.
    if path.exists():
        return
    aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(_random() + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(aside, path)
    finally:
        aside.unlink()


def _read(path: Path) -> str:
    with opened(path) as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise PassphraseError(f"{path}: not a regular file")
        if mode & _OTHERS:
            raise PassphraseError(
                f"{path}: other users may read this passphrase; run chmod 600 on it"
            )
        content = file.read(_MAX_BYTES + 1)
    return _text(path, content)


def _text(path: Path, content: bytes) -> str:
    passphrase = content.decode("utf-8", "surrogateescape").rstrip("\r\n")
    if not passphrase:
        raise PassphraseError(f"{path}: the file is empty")
    if len(content) > _MAX_BYTES:
        raise PassphraseError(f"{path}: longer than {_MAX_BYTES} bytes")
    return passphrase


def _random() -> str:
    return base64.b64encode(secrets.token_bytes(_RANDOM_BYTES)).decode("ascii")
