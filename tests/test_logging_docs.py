"""docs/logging.md is true: its messages, fields and keys exist."""

import json
import re

import pytest

from notary.ops.logs import json_line
from notary.settings.shared import PROGRAM_KEYS
from tests.pages import PROJECT, Page, texts_of_the_program, unknown_pieces

PAGE = Page("logging.md")
KEYS = [key for key in PROGRAM_KEYS if key.startswith("reporting.")]


def test_every_message_that_is_explained_exists():
    known = texts_of_the_program()
    messages = PAGE.first_cells("Alerts")
    assert len(messages) > 20
    assert [each for each in messages if unknown_pieces(each, known)] == []


def test_every_field_that_is_explained_exists():
    source = "".join(path.read_text() for path in PROJECT.glob("notary/**/*.py"))
    cells = re.findall(r"^\| (`.*?) \|", PAGE.section("Fields"), re.M)
    fields = [name for cell in cells for name in re.findall("`([^`]+)`", cell)]
    assert len(fields) > 15
    assert [name for name in fields if not re.search(rf"\b{name}\b", source)] == []


@pytest.mark.parametrize("key", KEYS)
def test_every_key_of_error_reports_is_explained(key):
    assert f"`{key}`" in PAGE.first_cells("Error reports")


def test_the_example_of_a_line_is_one():
    (line,) = PAGE.blocks("Formats", "json")
    assert json_line(json.loads(line)) == line.strip()
