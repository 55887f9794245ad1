"""The pages of metrics of several processes as one, in which families stay together.

Each sample of a worker gets the label ``worker``. Pages are taken as this program
writes them: lines for help and type come before the samples of a family.
"""

import re
from collections.abc import Iterable, Mapping

LABEL = "worker"

_HELP = b"# HELP "
_TYPE = b"# TYPE "
_NAME = re.compile(rb"[^ {]+")


def merged(own: bytes, of_workers: Mapping[int, bytes]) -> bytes:
    """Return one page; what is of no worker keeps its labels."""
    families: dict[bytes, list[bytes]] = {}
    _add(families, own, b"")
    for number, page in sorted(of_workers.items()):
        _add(families, page, b'%s="%d"' % (LABEL.encode("ascii"), number))
    return b"".join(line + b"\n" for name, lines in families.items() for line in lines)


def labelled(page: bytes, number: int) -> bytes:
    """Return the page of one worker alone."""
    return merged(b"", {number: page})


def _add(families: dict[bytes, list[bytes]], page: bytes, label: bytes) -> None:
    lines: list[bytes] = []
    known = False
    for line in _lines(page):
        if line.startswith(_HELP):
            name = line[len(_HELP) :].partition(b" ")[0]
            known = name in families
            lines = families.setdefault(name, [])
        if line.startswith((_HELP, _TYPE)):
            if not known:
                lines.append(line)
        else:
            lines.append(_with(label, line))


def _lines(page: bytes) -> Iterable[bytes]:
    # Values of labels have \n for a newline; other ends of lines are none here.
    return (line for line in page.split(b"\n") if line)


def _with(label: bytes, sample: bytes) -> bytes:
    if not label:
        return sample
    name = _NAME.match(sample)
    if name is None:
        return sample
    left = sample[name.end() :]
    if left.startswith(b"{"):
        return b"%s{%s,%s" % (name.group(), label, left[1:])
    return b"%s{%s}%s" % (name.group(), label, left)
