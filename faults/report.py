"""The table of the faults in the documentation, from what was measured."""

import json
from pathlib import Path
from typing import Any

from faults.memory import plot
from faults.table import FAULTS

PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"
_BEGIN = "<!-- made by faults/run: -->\n"
_END = "<!-- end -->\n"
_HEAD = (
    "| fault | injected | publishes acknowledged | lost | reads | inconsistent"
    " | publishes failed | reads failed | no publish for | no read for |\n"
    "| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |\n"
)


_MEMORY = (
    "\n| server | requests | in | hostile | answered 5xx | resident at a quarter"
    " | at the end | grown in the second half |\n"
    "| --- | --: | --: | --: | --: | --: | --: | --: |\n"
)
_PLOT = "\n![Resident memory over a million requests](memory.svg)\n"


def write(results: Path) -> None:
    """Replace the tables; of several results of one fault the last one counts."""
    newest = {}
    for line in results.read_text().splitlines():
        result = json.loads(line)
        newest[result["fault"]] = result
    rows = [
        _row(fault.title, newest[name])
        for name, fault in FAULTS.items()
        if name in newest
    ]
    curves = [newest[name] for name in sorted(newest) if name.startswith("million")]
    made = f"{_HEAD}{''.join(rows)}"
    if curves:
        plot(curves, PAGE.with_name("memory.svg"))
        made += f"{_MEMORY}{''.join(map(_memory_row, curves))}{_PLOT}"
    before, _, rest = PAGE.read_text().partition(_BEGIN)
    after = rest.partition(_END)[2]
    PAGE.write_text(f"{before}{_BEGIN}{made}{_END}{after}")


def _row(title: str, result: dict[str, Any]) -> str:
    counts = (
        *("injected", "acknowledged", "lost", "reads", "inconsistent"),
        *("publishes_failed", "reads_failed"),
    )
    cells = [title, *(f"{result[name]:,}" for name in counts)]
    cells += [f"{result[name]:.1f} s" for name in ("write_gap", "read_gap")]
    return f"| {' | '.join(cells)} |\n"


def _memory_row(curve: dict[str, Any]) -> str:
    answers = curve["answers"]
    good = sum(answers[what] for what in ("read", "publish 200"))
    wrong = sum(count for what, count in answers.items() if " 5" in what)
    total, sizes = sum(answers.values()), list(curve["sizes"].values())
    cells = (
        *(curve["title"], f"{total:,}", f"{curve['seconds']:,} s"),
        *(f"{total - good:,}", f"{wrong:,}"),
        *(f"{max(size[len(size) // 4] for size in sizes):.0f} MB",),
        *(f"{max(size[-1] for size in sizes):.0f} MB", f"{curve['growth']:.1f} MB"),
    )
    return f"| {' | '.join(cells)} |\n"
