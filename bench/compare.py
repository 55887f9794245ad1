"""Both servers in turn, run by run, and what each run cost the machine."""

import statistics
from collections.abc import Iterator
from typing import Any

from attrs import asdict, evolve, frozen

from bench.lab import GO, OURS, Lab, Side
from bench.loads import Run, idle
from bench.programs import Cost
from bench.stock import Stock
from bench.workloads import Workload

EQUAL_LOAD = 0.6
"""The share of Go's median throughput at which both are asked for their latency."""
ATTEMPTS = 3

Record = dict[str, Any]


@frozen
class Effort:
    """How often and how long: ``rounds`` of ``seconds``, then the same at equal load.

    ``paced_rounds`` are at equal load.
    """

    rounds: int
    seconds: float
    paced_rounds: int
    paced_seconds: float


QUICK = Effort(3, 3.0, 1, 3.0)
FULL = Effort(3, 6.0, 3, 5.0)


class Comparison:
    """Makes the runs of one workload after the other."""

    def __init__(self, stock: Stock, effort: Effort) -> None:
        self._stock = stock
        self._effort = effort
        self._number = 0

    def measured(self, workload: Workload) -> Iterator[Record]:
        """Alternate the servers at full speed, then at the same rate.

        Of points of a curve only the speed is of interest.
        """
        sides = self._sides(workload)
        for side in sides:
            workload.load.warm(self._stock, side)
            if workload.settling:
                self._number += 1
                run = Run(self._number, workload.settling)
                workload.load.run(self._stock, side, run)
        effort = self._effort
        go: list[float] = []
        for run, side in self._turns(sides, effort.rounds, effort.seconds):
            for record in self._made(workload, side, run):
                if side.name == GO and not record["died"]:
                    go.append(record["operations"] / record["seconds"])
                yield record
        if not go or workload.scaling:
            return
        rate = EQUAL_LOAD * statistics.median(go)
        turns = self._turns(sides, effort.paced_rounds, effort.paced_seconds, rate)
        for run, side in turns:
            yield from self._made(workload, side, run)

    def _sides(self, workload: Workload) -> list[Side]:
        return [
            self._stock.lab.side(
                name,
                *(workload.flags if name == OURS else ()),
                with_tokens=workload.with_tokens,
            )
            for name in workload.sides
        ]

    def _turns(
        self, sides: list[Side], rounds: int, seconds: float, rate: float = 0.0
    ) -> Iterator[tuple[Run, Side]]:
        for _ in range(rounds):
            self._number += 1
            for side in sides:
                yield Run(self._number, seconds, rate), side

    def _made(self, workload: Workload, side: Side, run: Run) -> Iterator[Record]:
        """Make a run, again if the server dies of it."""
        for _ in range(ATTEMPTS):
            yield self._run(workload, side, run)
            if side.server.is_alive:
                return
            self._number += 1
            run = evolve(run, number=self._number)

    def _run(self, workload: Workload, side: Side, run: Run) -> Record:
        lab, stock = self._stock.lab, self._stock
        if side.keep_alive():
            workload.load.warm(stock, side)
        with idle(lab, side, workload.idle):
            before = _Meter(lab, side)
            seen = workload.load.run(stock, side, run)
            after = _Meter(lab, side)
        side.server.empty_log()
        return {
            "workload": workload.name,
            "side": side.name,
            "rate": run.rate,
            **asdict(seen),
            **after.since(before),
            "died": not side.server.is_alive,
        }


class _Meter:
    """What was used until one moment: by the server, its signer, and the database."""

    def __init__(self, lab: Lab, side: Side) -> None:
        self._server = side.server.cost()
        self._signer = side.signer.cost() if side.signer else Cost({}, {})
        self._database = lab.database_cost()
        self._statements = lab.statements()

    def since(self, before: "_Meter") -> Record:
        """Return what was used since then, and the memory now."""
        statements = {
            name: count - before._statements.get(name, 0)
            for name, count in self._statements.items()
        }
        return {
            "server_cpu": self._server.since(before._server),
            "signer_cpu": self._signer.since(before._signer),
            "database_cpu": self._database.since(before._database),
            "memory": list(self._server.memory.values()),
            "statements": {name: count for name, count in statements.items() if count},
        }
