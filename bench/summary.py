"""Medians of the runs of a workload, and ratios: what the report's rows consist of."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from attrs import frozen

from bench.lab import GO, OURS
from bench.workloads import Workload

Record = dict[str, Any]
_COMMANDS = ("Questions", "Com_stmt_prepare", "Com_stmt_close")
"""All that is sent to the database: ``Questions`` are statements that were executed."""


@frozen
class Figures:
    """One server in one workload: medians of its runs.

    Times are milliseconds of processor and latency, memory MiB of the largest process
    and of all; statements are commands to the database, per request.
    """

    speed: float
    cpu: float
    database_cpu: float
    statements: float
    largest: float
    memory: float
    processes: int
    p50: float
    p99: float
    equal_p99: float | None
    failures: int
    failure: str
    deaths: int


def figures(records: Sequence[Record], side: str) -> Figures | None:
    """Return the figures of one side, if there are runs of it."""
    all_runs = [each for each in records if each["side"] == side]
    runs = [each for each in all_runs if not each["died"]] or all_runs
    full = [each for each in runs if not each["rate"]]
    paced = [each for each in runs if each["rate"]]
    if not full:
        return None
    last = runs[-1]["memory"] or [0]
    failing = [each for each in runs if each["failures"]]
    return Figures(
        speed=_median(full, lambda run: run["requests"] / run["seconds"]),
        cpu=_median(full, lambda run: 1000 * run["server_cpu"] / _requests(run)),
        database_cpu=_median(
            full, lambda run: 1000 * run["database_cpu"] / _requests(run)
        ),
        statements=_median(full, lambda run: _statements(run) / _requests(run)),
        largest=max(last) / 1024,
        memory=sum(last) / 1024,
        processes=len(last),
        p50=_median(full, lambda run: run["p50"]),
        p99=_median(full, lambda run: run["p99"]),
        equal_p99=_median(paced, lambda run: run["p99"]) if paced else None,
        failures=sum(run["failures"] for run in failing),
        failure=failing[0]["failure"] if failing else "",
        deaths=sum(run["died"] for run in all_runs),
    )


def lines(workload: Workload, records: Sequence[Record]) -> Iterator[str]:
    """Yield the outcome of one workload as it is shown while others still run."""
    found = {side: figures(records, side) for side in workload.sides}
    yield f"{workload.name}: {workload.what}"
    for side, each in found.items():
        if each is None:
            continue
        equal = "" if each.equal_p99 is None else f", equal {each.equal_p99:.2f}"
        failed = f"; {each.failures} FAILED {each.failure[:200]}" * bool(each.failures)
        yield (
            f"  {side:5} {each.speed:9,.0f}/s  p99 {each.p99:.2f}{equal} ms"
            f"  cpu {each.cpu:.3f} ms, database {each.database_cpu:.3f} ms"
            f"  sql {each.statements:.3f}  memory {each.largest:.0f}"
            f" of {each.memory:.0f} MiB{failed}{'; DIED' * bool(each.deaths)}"
        )
    go, ours = found.get(GO), found.get(OURS)
    if go and ours:
        floor = f" (at least {workload.floor:g})" if workload.floor else ""
        spent = (go.cpu + go.database_cpu) / (ours.cpu + ours.database_cpu)
        yield f"  ratio {ours.speed / go.speed:.2f}{floor}, by processor {spent:.2f}"


def _median(runs: Sequence[Record], of: Callable[[Record], float]) -> float:
    return statistics.median(of(run) for run in runs)


def _requests(run: Record) -> int:
    return max(1, run["requests"])


def _statements(run: Record) -> int:
    counts = run["statements"]
    return sum(counts.get(name, 0) for name in _COMMANDS)
