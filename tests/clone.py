"""A clone of the project as the first commands leave it: installed, in ``.venv``."""

import sys
from pathlib import Path

from tests.pages import PROJECT, write_program

_FILES = ("notary", "twisted", "setup.cfg", "pyproject.toml")
_PROGRAMS = ("twistd", "notary-server", "notary-signer")


def make_clone(folder: Path) -> Path:
    """Make it of what is there already, so that nothing is fetched; return it."""
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    (folder / "etc").mkdir()
    for name in _FILES:
        (folder / name).symlink_to(PROJECT / name)
    for name in ("quickstart", "make-venv", "make-certificates"):
        (folder / "etc" / name).symlink_to(PROJECT / "etc" / name)
    write_program(programs / "python", sys.executable)
    for name in _PROGRAMS:
        (programs / name).symlink_to(Path(sys.executable).with_name(name))
    (folder / ".venv" / "installed").touch()
    return folder
