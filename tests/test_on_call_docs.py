"""docs/on-call.md is true: every alert has an entry, and what is quoted exists."""

import re

from tests.pages import PROJECT, Page, texts_of_the_program, unknown_pieces

PAGE = Page("on-call.md")
RULES = (PROJECT / "etc/prometheus/notary-rules.yml").read_text()
ALERTS = re.findall(r"- alert: (\w+)", RULES)
METRIC = r"\b(?:notary|process)_\w+"


def test_every_alert_has_an_entry_and_leads_to_it():
    assert re.findall(r"^### (\w+)$", PAGE.text, re.M) == ALERTS
    links = re.findall(r"runbook_url: docs/on-call.md#(\w+)", RULES)
    assert links == [name.lower() for name in ALERTS]


def test_every_entry_says_something_and_every_alert_named_elsewhere_exists():
    assert [name for name in ALERTS if len(PAGE.section(name)) < 40] == []
    assert set(re.findall(r"\bNotary[A-Z]\w+", PAGE.text)) <= set(ALERTS)


def test_every_fault_tells_what_it_is_and_what_to_do():
    rows = re.findall(r"^\| `.*", PAGE.section("Faults"), re.M)
    assert len(rows) > 25
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        assert len(cells) == 6, row
        assert all(cells), row


def test_every_message_that_is_quoted_exists():
    known = texts_of_the_program()
    quoted = PAGE.first_cells("Faults") + re.findall(r"`[^`\n]*…[^`\n]*`", PAGE.text)
    messages = [each for each in quoted if not each.startswith("`etc/")]
    assert len(messages) > 40
    assert [each for each in messages if unknown_pieces(each, known)] == []


def test_every_metric_that_is_quoted_is_documented():
    told = set(re.findall(METRIC, PAGE.text)) - {"notary_server", "notary_signer"}
    documented = set(re.findall(METRIC, Page("metrics.md").text))
    assert len(told) > 8
    assert {re.sub("_count$", "", name) for name in told} <= documented


def test_the_levels_are_those_of_the_page_about_logs():
    told = re.findall(r"^\| (`[^`]*`) \| (\w+) \|", Page("logging.md").text, re.M)
    here = dict(re.findall(r"^\| (`[^`]*`) \| (\w+) \|", PAGE.text, re.M))
    both = {message: level for message, level in told if message in here}
    assert len(both) > 8
    assert both == {message: here[message] for message in both}


def test_every_link_leads_to_a_heading():
    for name, anchor in re.findall(r"\]\(([\w./-]*)#([\w-]+)\)", PAGE.text):
        headings = re.findall(r"^#+ (.*)$", Page(name or PAGE.name).text, re.M)
        anchors = [re.sub(r"[^\w -]", "", each).lower() for each in headings]
        assert anchor in [each.replace(" ", "-") for each in anchors], (name, anchor)
