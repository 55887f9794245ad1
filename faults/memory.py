"""How much memory the processes of a program have, over many requests."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from attrs import asdict, define, field

_MB = 1024


def processes(pid: int) -> Iterator[int]:
    """Yield a process and all that it has started."""
    yield pid
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in tasks.read_text().split():
            yield from processes(int(child))


def resident(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (size,) = (line.split()[1] for line in lines if line.startswith("VmRSS"))
    return int(size) / _MB


@define
class Curve:
    """For each process, how much it had after so many requests."""

    title: str
    requests: list[int] = field(factory=list)
    sizes: dict[str, list[float]] = field(factory=dict)

    def sample(self, pid: int, requests: int) -> None:
        """Take a look at all processes."""
        self.requests.append(requests)
        for each in processes(pid):
            self.sizes.setdefault(str(each), []).append(round(resident(each), 1))

    def growth(self) -> float:
        """Return by how many MB the process that grew most did, in its second half.

        Compared are the medians of the third and of the last quarter.
        """
        grown = []
        for sizes in self.sizes.values():
            quarter = max(1, len(sizes) // 4)
            third = sizes[2 * quarter : 3 * quarter] or sizes
            grown.append(median(sizes[-quarter:]) - median(third))
        return max(grown)

    def as_json(self) -> dict[str, Any]:
        """Return what is kept of it."""
        return asdict(self)


def plot(curves: list[dict[str, Any]], path: Path) -> None:
    """Draw the curves."""
    from matplotlib import use  # noqa: PLC0415 -- of the extra "bench"

    use("svg")
    from matplotlib import pyplot  # noqa: PLC0415

    figure, axes = pyplot.subplots(figsize=(8, 4))
    for curve in curves:
        for number, sizes in enumerate(curve["sizes"].values()):
            label = f"{curve['title']}, process {number + 1}"
            axes.plot(curve["requests"][-len(sizes) :], sizes, label=label)
    axes.set(xlabel="requests", ylabel="resident memory, MB", ylim=(0, None))
    axes.legend()
    figure.savefig(path, metadata={"Date": None})
