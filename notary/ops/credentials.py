"""Settings and secrets that systemd hands over as files, ``LoadCredential=`` in a unit.

A file is named like the variable that it stands for. So whatever can be set by a
variable can be a credential, which, unlike a variable, no child process inherits and
no ``systemctl show`` prints.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from notary.bounded_file import opened
from notary.settings.errors import SettingsError

FOLDER = "CREDENTIALS_DIRECTORY"
MAX_BYTES = 16384
_OURS = ("NOTARY_SERVER_", "NOTARY_SIGNER_")


def with_credentials(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the variables, and one for each credential; raise ``SettingsError``.

    A value that is given in both ways is a mistake.
    """
    folder = environ.get(FOLDER)
    if not folder:
        return environ
    problems: list[str] = []
    found = dict(_credentials(Path(folder), problems))
    problems += [
        f"{name}: given as a variable and as a credential: keep one of them"
        for name in found
        if environ.get(name)
    ]
    if problems:
        raise SettingsError(problems)
    return {**environ, **found}


def _credentials(folder: Path, problems: list[str]) -> Iterator[tuple[str, str]]:
    try:
        names = sorted(name for name in os.listdir(folder) if name.startswith(_OURS))
    except OSError as error:
        problems.append(f"{FOLDER}: {folder}: {error.strerror}")
        return
    for name in names:
        try:
            yield name, _read(folder / name)
        except OSError as error:
            problems.append(f"{name}: the credential cannot be read: {error.strerror}")
        except ValueError as error:
            problems.append(f"{name}: the credential {error}")


def _read(path: Path) -> str:
    """Return the one line in the file; no error quotes any of it."""
    with opened(path) as file:
        content = file.read(MAX_BYTES + 1) or b""
    if len(content) > MAX_BYTES:
        raise ValueError(f"is longer than {MAX_BYTES} bytes")
    try:
        text = content.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    if not text or "\0" in text or "\n" in text:
        raise ValueError("is not one line of text")
    return text
