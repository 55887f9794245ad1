"""The whole memory of a process of ours, searched for secrets."""

import errno
import re
from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path

_REGION = re.compile(r"([0-9a-f]+)-([0-9a-f]+) r")
_CHUNK = 8 * 1024 * 1024


def found_in_memory(pid: int, needles: Mapping[str, bytes]) -> set[str]:
    """Return the names of those needles that the process holds anywhere."""
    longest = max(map(len, needles.values()))
    missing, found = dict(needles), set()
    for piece in _memory(pid, longest):
        here = {name for name, needle in missing.items() if needle in piece}
        found |= here
        for name in here:
            del missing[name]
    return found


def _memory(pid: int, overlap: int) -> Iterator[bytes]:
    """Yield all that the process can read, in pieces that overlap."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for start, end in _regions(pid):
            for at in range(start, end, _CHUNK):
                yield _read(memory, at, min(at + _CHUNK + overlap, end))


def _regions(pid: int) -> list[tuple[int, int]]:
    """Return start and end of what is readable, but for what the kernel lends."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    readable = [_REGION.match(line) for line in lines if "[v" not in line]
    return [(int(each[1], 16), int(each[2], 16)) for each in readable if each]


def _read(memory: FileIO, start: int, end: int) -> bytes:
    """Return what is there; a region that is gone meanwhile is empty."""
    pieces: list[bytes] = []
    memory.seek(start)
    try:
        while memory.tell() < end and (piece := memory.read(end - memory.tell())):
            pieces.append(piece)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
    return b"".join(pieces)
