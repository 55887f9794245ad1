"""How many processes serve: as many as asked for, or as the processors suggest."""

import math
import os
from pathlib import Path

from notary.settings.errors import SettingsError

MOST = 64
MOST_UNASKED = 4
"""More have to be asked for, as each has its own connections to the database."""

_GROUP = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")


def worker_count(wanted: str | None, alone: str, *, many: bool) -> int:
    """Return how many; raise ``SettingsError`` for what cannot be.

    ``alone`` says why there can be but one, if so; ``many`` whether there are several
    when nobody has said how many.
    """
    if wanted is None:
        return min(usable_cores(), MOST_UNASKED) if many and not alone else 1
    count = _number("-workers", wanted)
    if count > 1 and alone:
        raise SettingsError([f"-workers: must be 1: {alone}"])
    return count


def worker_number(given: str | None) -> int:
    """Return which worker a process was told to be, 0 if none."""
    return 0 if given is None else _number("-worker", given)


def usable_cores() -> int:
    """Return how many processors this process may use, by affinity and by quota."""
    cores = len(os.sched_getaffinity(0))
    return math.ceil(min(cores, quota(_GROUP, _GROUPS)))


def quota(group: Path, groups: Path) -> float:
    """Return how many processors the control groups of a process leave it."""
    try:
        paths = group.read_text().splitlines()
    except OSError:
        return math.inf
    own = [path.removeprefix("0::/") for path in paths if path.startswith("0::/")]
    if not own or ".." in own[0]:
        return math.inf
    folders = [groups / own[0], *(groups / own[0]).parents]
    return min(_quota(each) for each in folders if each.is_relative_to(groups))


def _number(name: str, given: str) -> int:
    if (
        given.isascii()
        and given.isdigit()
        and len(given) < 9
        and 0 < int(given) <= MOST
    ):
        return int(given)
    raise SettingsError([f"{name}: must be a number from 1 to {MOST}"])


def _quota(folder: Path) -> float:
    try:
        time, period = (folder / "cpu.max").read_text().split()
        return int(time) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return math.inf
