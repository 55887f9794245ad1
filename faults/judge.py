"""What was promised, counted: what a fault cost publishers and readers."""

from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise

from attrs import field, frozen

from faults.stored import Rows, histories, records
from tests.load import Attempt, Link, Load, Outcome, Walk
from tests.load_verify import changes as served_changes
from tests.load_verify import check_all_changes, check_history, fetch_history

_SHOWN = 5


@frozen
class Result:
    """One row of the table; ``broken`` says in words whatever must not be."""

    fault: str
    seed: int
    injected: int
    acknowledged: int
    lost: int
    reads: int
    inconsistent: int
    publishes_failed: int
    reads_failed: int
    read_gap: float
    write_gap: float
    broken: list[str] = field(factory=list)

    @property
    def is_kept(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.inconsistent or self.broken)


def gap(events: Sequence[Attempt | Walk], began: float, ended: float) -> float:
    """Return for how many seconds at most nobody succeeded."""
    done = [one.ended for one in events if one.outcome is Outcome.DONE]
    times = sorted([began, *(when for when in done if when < ended), ended])
    return max(after - before for before, after in pairwise(times))


def failed(events: Sequence[Attempt | Walk]) -> int:
    """Return how many were neither done nor refused for good reason."""
    good = (Outcome.DONE, Outcome.REFUSED)
    return sum(one.outcome not in good for one in events)


def lost(load: Load, rows: Rows) -> int:
    """Return how many acknowledged publishes the database does not hold as made."""
    held = histories(rows)
    return sum(
        one.outcome is Outcome.DONE
        and (one.gun not in held or held[one.gun].targets.get(one.version) != one.data)
        for one in load.record.attempts
    )


def check(load: Load, rows: Rows) -> None:
    """Fail if something is lost, doubled, altered, half there, or served otherwise."""
    held, listed = histories(rows), records(rows)
    guns = [repository.gun for repository in load.repositories]
    for gun in guns:
        check_history(load, held[gun], listed[gun])
    for port in load.ports:
        with closing(Link(port)) as link:
            for gun in guns:
                assert fetch_history(link, gun) == held[gun], f"{port} serves {gun}"
                assert [
                    (one["Version"], one["SHA256"], one["Category"])
                    for one in served_changes(link, gun)
                ] == [tuple(one.values()) for one in listed[gun]], gun
            check_all_changes(link, guns)


def counted(load: Load, rows: Rows, began: float, ended: float) -> dict[str, object]:
    """Return what the load saw, as members of a ``Result``."""
    record = load.record
    wrong = [one for one in record.attempts if one.outcome is Outcome.FAULT]
    return {
        "acknowledged": record.done()[0],
        "lost": lost(load, rows),
        "reads": record.done()[1],
        "inconsistent": len(record.faults) - len(wrong),
        "publishes_failed": failed(record.attempts),
        "reads_failed": failed(record.walks),
        "read_gap": round(gap(record.walks, began, ended), 3),
        "write_gap": round(gap(record.attempts, began, ended), 3),
        "broken": record.faults[:_SHOWN],
    }
