"""The ways drawn in the documentation are those of the code, name by name."""

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
PAGE = (PROJECT / "docs" / "architecture.md").read_text()
WAYS = "".join(re.findall(r"^```$(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
PLACE = re.compile(r"(?<![\w/.-])((?:[a-z_]+/)+[a-z_]+)((?:\.\w+)*)")


def places(text):
    """Return the modules that are named, each with what is named in it."""
    found = {(path, inner.removesuffix(".py")) for path, inner in PLACE.findall(text)}
    return sorted((path.removeprefix("notary/"), inner[1:]) for path, inner in found)


def names(body):
    """Return the statement that defines each name."""
    found = {}
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found |= {to.id: node for to in node.targets if isinstance(to, ast.Name)}
    return found


def module(path):
    return PROJECT / "notary" / f"{path}.py"


def test_the_ways_are_drawn():
    assert len([inner for _, inner in places(WAYS) if inner]) > 50


@pytest.mark.parametrize(("path", "inner"), places(WAYS))
def test_every_step_of_a_way_exists(path, inner):
    if not inner:
        assert module(path).exists() or module(path).with_suffix("").is_dir()
        return
    body = ast.parse(module(path).read_text()).body
    for name in inner.split("."):
        assert name in names(body), name
        body = getattr(names(body)[name], "body", [])


def test_every_module_that_the_page_names_exists():
    quoted = re.findall(r"`((?:\w+/)+\w+\.py)`", PAGE)
    assert len(quoted) > 40
    for path in quoted:
        inner = PROJECT / "notary" / path
        assert inner.exists() or (PROJECT / path).exists(), path
