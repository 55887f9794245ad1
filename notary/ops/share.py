"""How many connections each of several processes has: told by each, seen by all.

It is a piece of memory with two numbers for each, which only that one writes: its
connections, and how often it has looked for new ones. What is done about it is left to
``notary.ops.turns``.
"""

import mmap
import os
from collections.abc import Sequence

_NUMBERS = 2
_BYTES = 4
_MASK = 0xFFFFFFFF


class Share:
    """The share of one process, ``place`` counted from 0, and a look at the others'."""

    def __init__(self, memory: memoryview, place: int) -> None:
        self._memory = memory
        self._mine = place * _NUMBERS
        self.hold(0)

    def hold(self, connections: int) -> None:
        """Tell how many connections there are here."""
        self._memory[self._mine] = connections

    def look(self) -> None:
        """Tell that somebody here looks for new ones."""
        looks = self._mine + 1
        self._memory[looks] = (self._memory[looks] + 1) & _MASK

    def looks(self) -> Sequence[int]:
        """Return how often each has looked."""
        return self._memory[1::_NUMBERS].tolist()

    def with_fewer(self) -> set[int]:
        """Return the places of those who have clearly fewer connections."""
        counts = self._memory[::_NUMBERS].tolist()
        mine = self._memory[self._mine]
        enough = mine - 1 - mine // 8
        return {place for place, count in enumerate(counts) if count < enough}


def alone() -> Share:
    """Return the share of a process that has all connections."""
    return Share(memoryview(bytearray(_NUMBERS * _BYTES)).cast("I"), 0)


def memory_for(processes: int) -> int:
    """Return the descriptor of memory for so many, to be kept as long as any starts."""
    descriptor = os.memfd_create("notary-shares")
    os.ftruncate(descriptor, processes * _NUMBERS * _BYTES)
    return descriptor


def opened(descriptor: int, place: int) -> Share:
    """Return a share in the memory behind a descriptor, which is closed.

    Raise ``OSError``, ``ValueError`` or ``IndexError`` if there is no such memory.
    """
    try:
        return Share(memoryview(mmap.mmap(descriptor, 0)).cast("I"), place)
    finally:
        os.close(descriptor)
