"""Turn what was given for a key into the type wanted, noting every problem.

A reader never raises: where a value cannot be used it notes why and returns a
stand-in, so that all problems of a configuration are found in one go.
"""

import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from attrs import Factory, frozen

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


@frozen
class Reader:
    """The values given by key path, the folder for relative paths, the problems.

    ``strangers`` are what to say about keys of the file that nobody reads.
    """

    values: Mapping[str, object]
    folder: Path
    problems: list[str] = Factory(list)
    strangers: tuple[str, ...] = ()

    def note(self, key: str, problem: str) -> None:
        """Remember what is wrong with the key."""
        self.problems.append(f"{key}: {problem}")

    def text(self, key: str) -> str:
        """Return the text of a scalar, empty if there is none."""
        given = self.values.get(key, "")
        if isinstance(given, dict | list):
            self.note(key, "must be a string")
            return ""
        text = str(given).lower() if isinstance(given, bool) else str(given)
        if not _usable(text):
            self.note(key, "holds characters that cannot be used")
            return ""
        return text

    def path(self, key: str) -> Path | None:
        """Return the absolute path, ``None`` if there is none."""
        text = self.text(key)
        return Path(os.path.normpath(self.folder / text)) if text else None

    def choice(self, key: str, allowed: Collection[str], problem: str) -> str:
        """Return one of the allowed texts or note the problem about ``{}``."""
        text = self.text(key)
        if text not in allowed:
            self.note(key, problem.format(_shown(text)))
        return text

    def integer(
        self, key: str, default: int, least: int, most: int, must: str = "be a number"
    ) -> int:
        """Return a number in these limits, also from digits; empty is the default.

        ``must`` is what it must do between them, for whoever gave something else.
        """
        given = self.values.get(key, "")
        if given == "":
            return default
        number = _number(given)
        if number is None or not least <= number <= most:
            self.note(key, f"must {must} between {least} and {most}")
            return default
        return number

    def words(self, key: str) -> tuple[str, ...]:
        """Return a list of strings, or a string split at white space."""
        given = self.values.get(key, "")
        if isinstance(given, list):
            scalars = [item for item in given if not isinstance(item, dict | list)]
            if len(scalars) == len(given):
                return tuple(map(str, given))
        if isinstance(given, str):
            return tuple(given.split())
        self.note(key, "must be a list of strings")
        return ()

    def mapping(self, key: str) -> dict[str, object]:
        """Return an object's members, none if it is absent."""
        given = self.values.get(key)
        return dict(given) if isinstance(given, dict) else {}


def _number(given: object) -> int | None:
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    if isinstance(given, str) and given.isascii() and _INTEGER.fullmatch(given):
        return int(given)
    return None


def _usable(text: str) -> bool:
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return text.isprintable()


def _shown(text: str) -> str:
    return text[:80] or "(nothing)"
