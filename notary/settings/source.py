"""Read a configuration file and lay the environment over it.

The outcome is one flat mapping of known key paths (``server.http_addr``) to what
was given for them. What a value may be is left to ``notary.settings.check``.
"""

import difflib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import frozen

from notary.bounded_file import opened
from notary.settings.errors import SettingsError

MAX_BYTES = 1024 * 1024


@frozen
class Keys:
    """The keys of one program: plain ones, maps of free members, variables' prefix."""

    prefix: str
    scalars: tuple[str, ...]
    maps: tuple[str, ...] = ()

    @property
    def sections(self) -> list[str]:
        """Every key path that holds others, parents first."""
        parents = {
            ".".join(parts[:depth])
            for parts in (key.split(".") for key in self.scalars + self.maps)
            for depth in range(1, len(parts))
        }
        return sorted(parents.union(self.maps))

    def variable(self, key: str) -> str:
        """Return the name of the variable that overrides the key."""
        return self.prefix + key.upper().replace(".", "_")


def read_file(path: Path) -> dict[str, object]:
    """Return the configuration's object, keys in lower case, or ``SettingsError``."""
    if path.suffix.lower() != ".json":
        kind = f"of type {path.suffix}" if path.suffix else "without an extension"
        raise SettingsError([f"{path}: a file {kind} is not read, only .json is"])
    try:
        return _parse(_read(path))
    except json.JSONDecodeError as error:
        problem = f"line {error.lineno}, column {error.colno}: {error.msg}"
    except RecursionError:
        problem = "nested too deeply"
    except OSError as error:
        problem = error.strerror or "cannot be read"
    except ValueError as error:
        problem = str(error)
    raise SettingsError([f"could not read the configuration {path}: {problem}"])


def select(
    tree: Mapping[str, object], keys: Keys, problems: list[str]
) -> dict[str, object]:
    """Return what the tree holds for the known keys; a null counts as absent."""
    for section in keys.sections:
        if not isinstance(_lookup(tree, section) or {}, dict):
            problems.append(f"{section}: must be an object with keys of its own")
    found = {key: _lookup(tree, key) for key in keys.scalars + keys.maps}
    return {key: value for key, value in found.items() if value is not None}


def strangers(tree: Mapping[str, object], keys: Keys) -> tuple[str, ...]:
    """Return what to say about the file's keys that no program of ours knows."""
    known = (*keys.scalars, *keys.sections)
    return tuple(
        f"{path[:80]}: no such key, so it is ignored" + _meant(path, known)
        for path in _unknown(tree, keys, known, "")
    )


def _unknown(
    tree: Mapping[str, object], keys: Keys, known: tuple[str, ...], above: str
) -> Iterator[str]:
    for name, value in tree.items():
        path = above + name
        if path not in known:
            yield path
        elif isinstance(value, dict) and path not in keys.maps:
            yield from _unknown(value, keys, known, path + ".")


def _meant(path: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(path[:80], known, 1, 0.8)
    return f"; is it meant to be {near[0]}?" if near else ""


def overlay(
    values: Mapping[str, object],
    environ: Mapping[str, str],
    keys: Keys,
    problems: list[str],
) -> dict[str, object]:
    """Return the values with every variable that is set and not empty in place."""
    for section in keys.sections:
        if environ.get(keys.variable(section)):
            problems.append(
                f"{section}: a whole section cannot be set by a variable"
                f" ({keys.variable(section)}), only the keys in it, one by one"
            )
    merged = dict(values)
    merged |= {
        key: environ[keys.variable(key)]
        for key in keys.scalars
        if environ.get(keys.variable(key))
    }
    for key in keys.maps:
        merged |= _map_overlay(key, merged.get(key), environ, keys)
    return merged


def _map_overlay(
    key: str, given: object, environ: Mapping[str, str], keys: Keys
) -> dict[str, object]:
    start = keys.variable(key) + "_"
    members = {
        name.removeprefix(start).lower(): value
        for name, value in environ.items()
        if name.startswith(start) and value
    }
    if not members:
        return {}
    return {key: {**given, **members} if isinstance(given, dict) else members}


def _read(path: Path) -> str:
    with opened(path) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is not a file")
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not UTF-8") from None


def _parse(text: str) -> dict[str, object]:
    parsed = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    if not isinstance(parsed, dict):
        raise ValueError("it must hold one JSON object")
    return parsed


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = {name.lower(): value for name, value in pairs}
    if len(members) < len(pairs):
        names = [name.lower() for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!a:.80} is given twice in one object")
    return members


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _lookup(tree: Mapping[str, object], key: str) -> object:
    found: object = tree
    for name in key.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
