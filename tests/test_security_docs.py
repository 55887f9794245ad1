"""The page about security names tests that exist, every finding, and true limits."""

import ast
import importlib
import re
from functools import cache

import pytest

from tests.fuzz.table import TARGETS
from tests.pages import PROJECT, Page

PAGE = Page("security.md")
FINDINGS = [
    *(f"NCC {number}" for number in range(1, 9)),
    *("NCC A.1.1", "NCC A.1.2", "NCC A.2.1", "NCC A.2.2"),
    *(f"Cure53 TUF-01-{number:03}" for number in range(1, 5)),
]
CRASHES = [str(number) for number in range(1, 25)]
TEST = r"`(tests/[\w/]+\.py)::(test_\w+)`"


@cache
def functions(path):
    """Return the names of all functions of a module of tests."""
    tree = ast.parse((PROJECT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def rows(heading):
    """Return the cells of each row of the tables in a section, without the heads."""
    lines = PAGE.section(heading).splitlines()
    found = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return [
        cells
        for cells, next_cells in zip(found, [*found[1:], []], strict=True)
        if cells and set(cells) != {"---"} and set(next_cells) != {"---"}
    ]


def test_every_test_that_is_named_exists():
    named = re.findall(TEST, PAGE.text)
    assert len(named) > 60
    assert [each for each in named if each[1] not in functions(each[0])] == []


@pytest.mark.parametrize(
    ("heading", "column"),
    [("The audits of Notary", -1), ("What ended the Go server", -1)],
)
def test_every_row_names_a_test(heading, column):
    assert [
        cells for cells in rows(heading) if not re.search(TEST, cells[column])
    ] == []


def test_every_finding_of_the_audits_has_a_row():
    told = [cells[0].partition(":")[0] for cells in rows("The audits of Notary")]
    assert told[: len(FINDINGS)] == FINDINGS


def test_everything_that_ended_the_go_server_has_a_row():
    assert [cells[0] for cells in rows("What ended the Go server")] == CRASHES


def test_every_fixed_limit_is_the_one_of_the_program():
    limits = rows("Limits")
    assert len(limits) > 10
    for _, value, constant in limits:
        module, _, name = constant.strip("`").rpartition(".")
        assert str(getattr(importlib.import_module(module), name)) == value, constant


def test_the_targets_that_are_named_exist():
    (commands,) = PAGE.blocks("Fuzzing", "sh")
    named = re.findall(r"^bash etc/fuzz (\w+)", commands, re.M)
    assert set(named) <= {*TARGETS, "all", "list"}
