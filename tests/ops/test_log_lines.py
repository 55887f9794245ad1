"""Lines about requests: what a form saves nobody sees, nor what waits for a turn."""

import errno
import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.logger import Logger

from notary.ops.log_lines import MAX_BYTES, Lines
from notary.ops.logs import RENDERERS, LineObserver

SIMPLE = ("http.request.id", "http.response.duration")
OTHERS = ("http.request.remoteaddr", "http.response.written")
TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
ADDRESSES = st.sampled_from(["192.0.2.7:1", "[2001:db8::1]:2", "::1", ""]) | TEXTS
SIMPLE_TEXTS = st.text("abcXYZ0189/._:@+-", min_size=1, max_size=40)


def observing(render=RENDERERS["json"], worker=0):
    stream = io.StringIO()
    return LineObserver(stream, render, "info", worker), stream


@pytest.mark.parametrize("logf", RENDERERS)
@given(
    constant=st.dictionaries(
        st.sampled_from(["gun", "http.request.uri", "operation", "z"]), TEXTS
    ),
    values=st.tuples(SIMPLE_TEXTS, SIMPLE_TEXTS, ADDRESSES, st.integers(0, 1 << 40)),
    worker=st.integers(0, 2),
)
def test_a_line_made_by_a_form_is_the_line_made_without(logf, constant, values, worker):
    varying = dict(zip((*SIMPLE, *OTHERS), values, strict=True))
    observer, stream = observing(RENDERERS[logf], worker)
    form = observer.form("response completed", constant, SIMPLE, OTHERS)
    form(dict(varying))
    form(dict(varying))
    observer.write("response completed", {**constant, **varying})
    lines = [_without_time(each) for each in stream.getvalue().splitlines()]
    assert lines[0] == lines[1] == lines[2]


def _without_time(line):
    """Return a line without its time, which may be of another second than the last."""
    before, mark, after = line.partition("time=")
    if not before and mark:
        return after.partition(" ")[2]
    head, _, rest = line.rpartition('"time":"')
    return head + rest.partition('"')[2]


def test_lines_of_one_turn_are_written_together_at_its_end():
    clock, stream = Clock(), Writes()
    lines = _later(stream, clock)
    lines.add("a\n")
    lines.add("b\n")
    assert stream.writes == []
    clock.advance(0)
    assert stream.writes == ["a\nb\n"]
    lines.add("c\n")
    clock.advance(0)
    assert stream.writes == ["a\nb\n", "c\n"]


def test_a_line_that_does_not_wait_comes_after_those_that_do():
    clock = Clock()
    observer, stream = observing()
    observer.lines.later = lambda act: clock.callLater(0, act)
    form = observer.form("first", {}, SIMPLE, OTHERS)
    form(dict.fromkeys((*SIMPLE, *OTHERS), "x"))
    Logger(namespace="notary.test", observer=observer).error("second")
    written = stream.getvalue()
    assert written.index('"first"') < written.index('"second"')
    clock.advance(0)
    assert stream.getvalue() == written


def test_no_more_is_written_at_once_than_a_pipe_keeps_together():
    clock, stream = Clock(), Writes()
    lines = _later(stream, clock)
    for number in range(100):
        lines.add(f"{number:0999}\n")
    clock.advance(0)
    assert [len(each) for each in stream.writes] == [4000] * 25
    assert os.pathconf("/", "PC_PIPE_BUF") >= MAX_BYTES
    lines.add("x" * 5000)
    clock.advance(0)
    assert len(stream.writes[-1]) == 5000


def test_what_waits_is_written_when_the_program_ends():
    clock, stream = Clock(), Writes()
    lines = _later(stream, clock)
    lines.add("last\n")
    lines.flush()
    assert stream.writes == ["last\n"]


def test_a_stream_that_takes_nothing_is_counted_and_stops_nobody():
    clock, stream = Clock(), Full()
    lines = _later(stream, clock)
    lines.add("a\n")
    clock.advance(0)
    lines.write("b\n")
    assert lines.failed == 2
    stream.is_full = False
    lines.write("c\n")
    assert stream.writes == ["c\n"]
    assert lines.failed == 2


def _later(stream, clock):
    lines = Lines(stream)
    lines.later = lambda act: clock.callLater(0, act)
    return lines


class Writes:
    """A stream that notes each write."""

    def __init__(self):
        self.writes = []

    def write(self, text):
        self.writes.append(text)

    def flush(self):
        pass


class Full(Writes):
    """A stream to a disk on which there is no room at first."""

    is_full = True

    def write(self, text):
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        super().write(text)
