"""Which code holds memory: ``tracemalloc``, for as long as somebody wants to know."""

import threading
import time
import tracemalloc

from notary.debug.functions import Functions
from notary.debug.profile import Kind, Profile
from notary.debug.stacks import Stack

# Each one more makes everything slower: with 8 a busy server is at a seventh already.
FRAMES = 8

_SPACE = Kind("inuse_space", "bytes")
_OWN = (tracemalloc.__file__, threading.__file__, __file__)


def record_heap(seconds: float, stop: threading.Event) -> Profile:
    """Return what was allocated in this time and is still there at its end.

    Blocks for that long, or until told to stop. If the interpreter was started with
    ``tracemalloc`` on, it is what was allocated since then, and it stays on.
    """
    began, start = time.time_ns(), time.monotonic()
    found_on = tracemalloc.is_tracing()
    if not found_on:
        tracemalloc.start(FRAMES)
    try:
        stop.wait(seconds)
        snapshot = tracemalloc.take_snapshot()
    finally:
        if not found_on:
            tracemalloc.stop()
    since = "since the program started" if found_on else "in this time"
    return Profile(
        kinds=(Kind("inuse_objects", "count"), _SPACE),
        samples=_samples(snapshot),
        period=_SPACE,
        period_value=1,
        began_ns=began,
        duration_ns=int((time.monotonic() - start) * 1e9),
        comment=f"What was allocated by Python {since} and is still in use.",
    )


def _samples(snapshot: tracemalloc.Snapshot) -> dict[Stack, list[int]]:
    statistics = snapshot.filter_traces(
        [tracemalloc.Filter(False, name) for name in _OWN]
    ).statistics("traceback")
    functions = Functions(
        {frame.filename for each in statistics for frame in each.traceback}
    )
    samples: dict[Stack, list[int]] = {}
    for each in statistics:
        frames = reversed(each.traceback)
        stack = tuple(functions.place(frame.filename, frame.lineno) for frame in frames)
        sample = samples.setdefault(stack, [0, 0])
        sample[0] += each.count
        sample[1] += each.size
    return samples
