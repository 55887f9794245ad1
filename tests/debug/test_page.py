"""docs/debugging.md is true."""

import re

from notary.debug import heap, pages
from tests.pages import Page

PAGE = Page("debugging.md")


def test_every_address_is_described_except_what_only_leads_or_says_no():
    rows = re.findall(r"^\| `(/[^`?]*)", PAGE.text, re.M)
    unsaid = {"/debug/pprof", "/debug/pprof/trace"}
    assert set(rows) == set(pages.ROUTES) - unsaid


def test_the_numbers_are_those_of_the_program():
    assert f"profile?seconds={pages.CPU_SECONDS}`" in PAGE.text
    assert f"heap?seconds={pages.HEAP_SECONDS}`" in PAGE.text
    assert f"at most {pages.MAX_CPU_SECONDS} seconds" in PAGE.text
    assert f"at most {pages.MAX_HEAP_SECONDS} seconds" in PAGE.text
    assert f"the innermost {heap.FRAMES} functions" in PAGE.text
