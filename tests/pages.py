"""The pages of the documentation, for the tests that hold them to be true."""

import ast
import re
import subprocess
from pathlib import Path

from attrs import frozen

from tests.running import environment

PROJECT = Path(__file__).parents[1]


@frozen
class Page:
    """One page of ``docs/``, by the name of its file."""

    name: str

    @property
    def text(self) -> str:
        """The whole page."""
        return (PROJECT / "docs" / self.name).read_text()

    def section(self, heading: str) -> str:
        """Return the text below a heading, up to the next of any level."""
        pattern = rf"^#+ {heading}\n(.*?)(?=^#|\Z)"
        (found,) = re.findall(pattern, self.text, re.M | re.S)
        return found

    def blocks(self, heading: str, language: str) -> list[str]:
        """Return the blocks of a language in a section, in their order."""
        pattern = rf"^ *```{language}\n(.*?)^ *```$"
        found = re.findall(pattern, self.section(heading), re.M | re.S)
        assert found, heading
        return found

    def first_cells(self, heading: str) -> list[str]:
        """Return the first cell of each row that begins with code, in a section."""
        return re.findall(r"^ *\| (`[^|]*`) \|", self.section(heading), re.M)


def run_block(
    script: str, folder: Path, *, ok: bool = True, **variables: str
) -> tuple[str, str]:
    """Run a block of a page as a shell does; return what it said, on both streams."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        text=True,
        errors="replace",
        timeout=60,
        check=False,
    )
    assert (done.returncode == 0) is ok, (script, done.stdout, done.stderr)
    return done.stdout, done.stderr


def write_program(path: Path, command: str) -> None:
    """Write a program that runs a command with more arguments."""
    path.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    path.chmod(0o700)


def texts_of_the_program() -> list[str]:
    """Return every text in the source, those with values in pieces."""
    return [
        node.value
        for path in PROJECT.glob("notary/**/*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def unknown_pieces(message: str, known: list[str]) -> list[str]:
    """Return the parts of a quoted message that no text of the program has."""
    pieces = re.split(r"…|: ", message.strip("`"))
    return [
        piece for piece in pieces if not any(piece.strip() in text for text in known)
    ]
