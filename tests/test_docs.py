"""The documentation is true where a test can tell."""

import re
from pathlib import Path

import attrs
import pytest

from notary.settings.model import LimitsSettings
from notary.web.errors import _TABLE
from notary.web.routes import ROUTES
from tests.pages import Page, texts_of_the_program, unknown_pieces

PROJECT = Path(__file__).parents[1]
PAGES = sorted(
    [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("bench/*.md")]
)
API = (PROJECT / "docs" / "http-api.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_of_the_project_that_is_named_exists(page):
    named = re.findall(r"`((?:notary|tests|etc|docs)/[\w./-]*\w)`", page.read_text())
    for path in named:
        assert (PROJECT / path).exists(), path


def test_every_route_is_described():
    rows = [row for row in API.splitlines() if row.startswith("| `")]
    for route in ROUTES:
        path = re.sub(r"<gun:gun>", "GUN", route.rule)
        path = re.sub(r"<online_role:role>", "timestamp", path)
        path = re.sub(r"<role:role>", "ROLE", path)
        path = re.sub(r"<checksum:checksum>", "SHA256", path)
        path = re.sub(r"<version:version>", "VERSION", path)
        assert any(row.startswith(f"| `{route.method} {path}`") for row in rows), path


def test_every_error_code_is_described_with_its_status():
    for rule in _TABLE.values():
        row = rf"^\| [\d, ]*{rule.status}[\d, ]* \| .*`{rule.code}`"
        assert re.search(row, API, re.MULTILINE), rule


def test_every_limit_is_described_with_its_default():
    for limit in attrs.fields(LimitsSettings):
        assert f"| `limits.{limit.name}` | {limit.default} |" in API


def test_every_message_about_health_exists():
    messages = Page("health.md").first_cells("In the log")
    assert len(messages) == 4
    known = texts_of_the_program()
    assert [each for each in messages if unknown_pieces(each, known)] == []
