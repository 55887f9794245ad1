"""The clock of the server is set, forwards and backwards, while it runs.

Not by ``faketime``: Debian's lets ``time.sleep`` of Python 3.11 fail, and takes seconds
for what threads hand to each other.
"""

import mmap
import os
import struct
import subprocess
from pathlib import Path

from faults.scene import Scene

_SOURCE = Path(__file__).with_name("clock.c")
_HOUR = 3600
_DAY = 24 * _HOUR
_YEAR = 365 * _DAY
_STEPS = (
    *(_HOUR, -2 * _HOUR, 20 * _DAY, -20 * _DAY, 0),
    *(3 * _YEAR, -300 * _DAY, 5 * _YEAR, -5 * _YEAR, 0),
)


class Clock:
    """A clock that a process sees as the time, if it has the variables."""

    def __init__(self, folder: Path) -> None:
        library, file = folder / "clock.so", folder / "clock"
        compiling = ["cc", "-shared", "-fPIC", "-O", "-o", library, _SOURCE]
        subprocess.run(compiling, check=True)
        file.write_bytes(bytes(8))
        with file.open("r+b") as opened:
            self._offset = mmap.mmap(opened.fileno(), 8)
        self.variables = {"LD_PRELOAD": os.fspath(library), "CLOCK_FILE": str(file)}

    def set(self, seconds: int) -> None:
        """Let the clock be so far from the time, from one moment to the next."""
        struct.pack_into("q", self._offset, 0, seconds)


def steps(scene: Scene) -> None:
    """Set the clock by hours, weeks and years, and in the end back to the time."""
    clock = Clock(scene.folder)
    place = scene.place()
    server = scene.server(place, variables=clock.variables)
    with scene.load([server], place.run, reads=True) as load:
        for number in scene.injections():
            clock.set(_STEPS[number % len(_STEPS)])
            scene.settle(load)
            scene.moment()
        clock.set(0)
