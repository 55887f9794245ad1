"""Each dependency is needed, justified in a line, and tested from its lower bound."""

import ast
import re
import sys
from configparser import ConfigParser
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.pages import Page

PROJECT = Path(__file__).parents[1]
SHARED = {
    "google": ["protobuf"],
    "twisted": ["Twisted"],
    "zope": ["zope.interface"],
}
"""Who is meant by names under which several packages put their modules."""

NEED = re.compile(r"([\w.-]+)(?:\[\w+\])? >= ([\d.]+)")


def needs(*options):
    """Return the packages of these options of ``setup.cfg`` with their lower bound."""
    parser = ConfigParser()
    parser.read(PROJECT / "setup.cfg")
    texts = [
        parser["options"]["install_requires"]
        if option == "install_requires"
        else parser["options.extras_require"][option]
        for option in options
    ]
    return dict(
        NEED.match(line).groups() for line in "".join(texts).split("\n") if line
    )


def imported():
    """Return the top names of everything that the programs import."""
    for path in (PROJECT / "notary").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module.split(".")[0]


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_whatever_the_programs_import_is_required_and_nothing_else():
    owners = packages_distributions() | SHARED
    others = set(imported()) - set(sys.stdlib_module_names) - {"notary"}
    used = {normal(owner) for name in others for owner in owners[name]}
    assert used == {normal(name) for name in needs("install_requires")}


def test_each_dependency_is_justified_in_a_line():
    page = Page("dependencies.md")
    rows = [row for row in page.text.splitlines() if row.startswith("| `")]
    named = [
        name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])
    ]
    assert sorted(named) == sorted(
        needs("install_requires", "test", "types", "fuzz", "mutants", "bench")
    )


def test_the_lowest_versions_that_are_tested_are_the_lower_bounds():
    lines = (PROJECT / "etc" / "lowest.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert pinned == needs("install_requires", "test")
