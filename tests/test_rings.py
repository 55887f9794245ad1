"""Imports point inward only: the core knows nobody, the edges not each other.

The table in ``tests/rings.py`` says who may know whom.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import notary
from tests.rings import ANY, RINGS, SEAMS, Ring

ROOT = Path(notary.__file__).parent
WITHOUT_WORLD = (
    "asyncio",
    "http",
    "io",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "random",
    "secrets",
    "select",
    "shutil",
    "socket",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib",
    "uuid",
    "warnings",
)
CLOCKS = ("now", "today", "utcnow", "monotonic", "perf_counter")


def _name(path: Path) -> str:
    parts = ("notary", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


MODULES = {_name(path): path for path in sorted(ROOT.rglob("*.py"))}
CORE = [name for name in MODULES if name.startswith("notary.tuf")]


def _ring(module: str) -> str | None:
    """Return the row of the table for a module, the longest that fits."""
    rows = [row for row in RINGS if row != "notary" and _is_in(module, row)]
    return max(rows, key=len, default="notary" if module == "notary" else None)


def _is_in(module: str, package: str) -> bool:
    return package in (ANY, module) or module.startswith(f"{package}.")


def _imports(module: str) -> Iterator[str]:
    """Yield every module that this one imports, wherever in it that stands."""
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else str(node.module)


def _is_allowed(name: str, ring: Ring) -> bool:
    if _is_in(name, "notary"):
        # The version is in the package itself, which imports nothing.
        exact = name == "notary" and "notary" in ring.ours
        inner = [row for row in ring.ours if row != "notary"]
        return exact or any(_is_in(name, package) for package in inner)
    if name.partition(".")[0] in sys.stdlib_module_names:
        return True
    return any(_is_in(name, package) for package in ring.others)


def test_the_table_covers_every_module():
    assert [module for module in MODULES if _ring(module) is None] == []


def test_every_row_of_the_table_is_a_package_or_module():
    assert [row for row in RINGS if row not in MODULES] == []
    assert [seam for seam in SEAMS if seam not in MODULES] == []


@pytest.mark.parametrize("row", RINGS)
def test_a_row_allows_nothing_that_nobody_imports(row):
    imported = {
        name for module in MODULES if _ring(module) == row for name in _imports(module)
    }
    unused = [
        package
        for package in RINGS[row].ours
        if package not in (ANY, *SEAMS)
        and not any(_is_in(name, package) for name in imported)
    ]
    assert unused == []


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_its_ring_allows(module):
    ring = RINGS[_ring(module) or "notary"]
    assert [name for name in _imports(module) if not _is_allowed(name, ring)] == []


@pytest.mark.parametrize("module", CORE)
def test_the_core_imports_nothing_that_touches_the_world(module):
    touched = [name for name in _imports(module) if name.split(".")[0] in WITHOUT_WORLD]
    assert touched == []


@pytest.mark.parametrize("module", CORE)
def test_the_core_never_asks_what_time_it_is(module):
    tree = ast.parse(MODULES[module].read_text())
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    asked = [
        call.attr
        for call in calls
        if isinstance(call, ast.Attribute) and call.attr in CLOCKS
    ]
    assert asked == []


@pytest.mark.parametrize("module", MODULES)
def test_no_module_but_the_wiring_is_given_a_reactor_by_import(module):
    imported = [
        name
        for name in _from_imports(module)
        if name in ("twisted.internet.reactor", "twisted.internet.default.install")
    ]
    assert imported == []


def _from_imports(module: str) -> Iterator[str]:
    """Yield ``package.name`` for everything that is imported at module level."""
    for node in ast.parse(MODULES[module].read_text()).body:
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
