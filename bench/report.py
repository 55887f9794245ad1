"""docs/performance.md from what was measured: its tables; the plots are elsewhere.

What stands between the two markers of the page is replaced; the rest is written by
hand.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.lab import GO, OURS
from bench.summary import Figures, Record, figures
from bench.workloads import WORKLOADS, Workload

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
RATIOS, SCALING = "performance-ratios.svg", "performance-scaling.svg"
MEMORY_FLOOR = 120
"""MiB that no process of ours may exceed."""
BEGIN, END = "<!-- made by bench/run: begin -->", "<!-- made by bench/run: end -->"
_TABLE = [workload for workload in WORKLOADS if not workload.scaling]

Measured = Mapping[str, Sequence[Record]]
"""The records of each workload, by its name."""


def write(page: Path, machine: Mapping[str, Any], measured: Measured) -> None:
    """Replace the measured part of the page."""
    before, _, rest = page.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    made = "\n".join(_page(machine, measured))
    page.write_text(f"{before}{BEGIN}\n\n{made}\n\n{END}{after}")


def _page(machine: Mapping[str, Any], measured: Measured) -> Iterator[str]:
    yield "## Ratios\n"
    yield from _ratios(measured)
    yield f"\n![ratios]({RATIOS})\n"
    yield "## Figures\n"
    yield from _figures(measured)
    yield "\n## Memory\n"
    yield from _memory(measured)
    yield "\n## Scaling\n"
    yield "Requests per second (Go / ours).\n"
    yield from _scaling(measured)
    yield f"\n![scaling]({SCALING})\n"
    yield "## Where and when\n"
    yield "| | |\n| --- | --- |"
    yield from (f"| {name} | {value} |" for name, value in machine.items())


def _ratios(measured: Measured) -> Iterator[str]:
    yield (
        "| workload | Go, requests/s | ours | ratio | at least | reached"
        " | p99 at equal load: Go, ms | ours | reached |"
    )
    yield "| --- " * 9 + "|"
    for workload, go, ours in pairs(measured):
        ratio = ours.speed / go.speed
        floor = f"{workload.floor:g}" if workload.floor else ""
        reached = _yes(ratio >= workload.floor) if workload.floor else ""
        yield (
            f"| {workload.what} | {go.speed:,.0f} | {ours.speed:,.0f} | {ratio:.2f}"
            f" | {floor} | {reached} | {_equal(go)} | {_equal(ours)}"
            f" | {_yes(not_above(ours.equal_p99, go.equal_p99))} |"
        )


def not_above(ours: float | None, go: float | None) -> bool:
    """Tell whether a latency was measured for both and ours is not above Go's."""
    return ours is not None and go is not None and ours <= go


def _figures(measured: Measured) -> Iterator[str]:
    yield (
        "| workload | server | requests/s | p50, ms | p99, ms"
        " | processor of the server, ms a request | of the database"
        " | SQL statements a request | notes |"
    )
    yield "| --- " * 9 + "|"
    for workload in _TABLE:
        for side in workload.sides:
            each = figures(measured.get(workload.name, ()), side)
            if each is not None:
                yield (
                    f"| {workload.what} | {side} | {each.speed:,.0f} | {each.p50:.2f}"
                    f" | {each.p99:.2f} | {each.cpu:.3f} | {each.database_cpu:.3f}"
                    f" | {each.statements:.2f} | {_notes(each)} |"
                )


def _notes(each: Figures) -> str:
    notes = []
    if each.failures:
        notes.append(f"{each.failures} failed")
    if each.deaths:
        notes.append(f"the server died, {each.deaths} times")
    return ", ".join(notes)


def _memory(measured: Measured) -> Iterator[str]:
    yield (
        "| server | processes | MiB after the first workload, all | after the last"
        " | the largest process, after the first | after the last |"
    )
    yield "| --- " * 6 + "|"
    for side in (GO, OURS):
        found = [
            each
            for workload in _TABLE
            if not workload.with_tokens
            and (each := figures(measured.get(workload.name, ()), side))
        ]
        if found:
            first, last = found[0], found[-1]
            yield (
                f"| {side} | {last.processes} | {first.memory:.0f} | {last.memory:.0f}"
                f" | {first.largest:.0f} | {last.largest:.0f} |"
            )
            if side == OURS:
                said = _yes(last.largest < MEMORY_FLOOR)
                yield f"\nUnder {MEMORY_FLOOR} MiB for each process of ours: {said}."


def _scaling(measured: Measured) -> Iterator[str]:
    for title, rows in curves().items():
        yield f"| {title} | " + " | ".join(f"{row.x:,}" for row in rows) + " |"
        yield "| --- " * (len(rows) + 1) + "|"
        for side in rows[0].sides:
            found = [figures(measured.get(row.name, ()), side) for row in rows]
            cells = ("" if each is None else f"{each.speed:,.0f}" for each in found)
            yield f"| {side} | " + " | ".join(cells) + " |"
        yield ""


def pairs(measured: Measured) -> Iterator[tuple[Workload, Figures, Figures]]:
    """Yield each row of the table that was measured on both servers."""
    for workload in _TABLE:
        records = measured.get(workload.name, ())
        go, ours = figures(records, GO), figures(records, OURS)
        if go and ours:
            yield workload, go, ours


def curves() -> dict[str, list[Workload]]:
    """Return the points of each curve, by what grows."""
    found: dict[str, list[Workload]] = {}
    for workload in WORKLOADS:
        if workload.scaling:
            found.setdefault(workload.scaling, []).append(workload)
    return found


def _equal(each: Figures) -> str:
    return "" if each.equal_p99 is None else f"{each.equal_p99:.2f}"


def _yes(reached: bool) -> str:
    return "yes" if reached else "**no**"
