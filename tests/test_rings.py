"""Imports point inward only: the core knows nobody, the edges not each other.

The table is the architecture. Whoever adds a package adds a row.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

import notary

ROOT = Path(notary.__file__).parent
ANY = "*"
SEAMS = (
    "notary.storage.store",
    "notary.signing.service",
    "notary.signing.keystore",
    "notary.storage.limits",
)


@frozen
class Ring:
    """What the modules of one package may import, besides the standard library."""

    ours: tuple[str, ...]
    others: tuple[str, ...] = (ANY,)


RINGS = {
    "notary": Ring((), ()),
    "notary.tuf": Ring(("notary.tuf",), ("attrs", "cryptography")),
    "notary.server": Ring(
        ("notary.server", "notary.tuf", *SEAMS[:2]),
        (
            "attrs",
            "twisted.internet.defer",
            "twisted.internet.interfaces",
            "twisted.logger",
        ),
    ),
    "notary.web": Ring(
        (
            "notary.request_id",
            "notary.web",
            "notary.auth",
            "notary.server",
            "notary.tuf",
            "notary.settings",
            *SEAMS,
        )
    ),
    "notary.auth": Ring(
        (
            "notary.auth",
            "notary.pem",
            "notary.tuf",
            "notary.settings",
            "notary.bounded_body",
        )
    ),
    "notary.signer": Ring(
        (
            "notary.request_id",
            "notary.signer",
            "notary.signing",
            "notary.tuf",
            "notary.settings",
            "notary.ops",
            "notary.pem",
            "notary.web.answers",
            "notary.web.channel",
            "notary.web.conventions",
            "notary.web.refusals",
            "notary.web.request",
            "notary.web.site",
            *SEAMS,
        )
    ),
    "notary.debug": Ring(
        (
            "notary.debug",
            "notary.ops.reactor",
            "notary.settings.model",
            "notary.web.answers",
            "notary.web.conventions",
            "notary.web.request",
            "notary.web.site",
            "notary.web.status",
        )
    ),
    "notary.storage": Ring(
        ("notary.storage", "notary.tuf", "notary.settings.dsn", *SEAMS)
    ),
    "notary.signing": Ring(
        (
            "notary.request_id",
            "notary.signing",
            "notary.bounded_body",
            "notary.ops.reactor",
            "notary.pem",
            "notary.tuf",
            "notary.settings",
            *SEAMS,
        )
    ),
    "notary.bounded_body": Ring((), ("twisted",)),
    "notary.request_id": Ring((), ()),
    "notary.pem": Ring((), ("cryptography",)),
    "notary.ops": Ring(
        (
            "notary",
            "notary.bounded_body",
            "notary.request_id",
            "notary.ops",
            "notary.pem",
            "notary.server",
            "notary.tuf",
            "notary.settings",
            *SEAMS,
        )
    ),
    "notary.settings": Ring(("notary.settings",), ("attrs",)),
    "notary.options": Ring(
        (
            "notary",
            "notary.auth.sources",
            "notary.backends",
            "notary.ops",
            "notary.settings",
            "notary.signer.rpc_tls",
        )
    ),
    "notary.flags": Ring((), ("attrs",)),
    "notary.command": Ring(
        (
            "notary.options",
            "notary.ops",
            "notary.backends",
            "notary.flags",
            "notary.tasks",
        )
    ),
    "notary.tasks": Ring((ANY,)),
    "notary.backends": Ring((ANY,)),
    "notary.tap": Ring((ANY,)),
    "notary.signer_tap": Ring((ANY,)),
    "notary.program": Ring((ANY,)),
    "notary.workers_tap": Ring((ANY,)),
}
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
