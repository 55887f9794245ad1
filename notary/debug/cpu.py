"""Which code uses the processor: the main thread is interrupted and looks around.

That is after each 10 milliseconds of work, by a timer of the process. Each thread's own
clock tells how much of the processor it had since the last look, and that goes to where
the thread is now. A thread that looks from time to time, the other way, gets to do so
when another gives up the interpreter: that is mostly where it begins to wait for
something, and all time would seem to be spent there. So it is with all threads but the
main one; for their sake threads take shorter turns meanwhile.
"""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from notary.debug.profile import Kind, Profile
from notary.debug.stacks import Stack, stack_of

PERIOD_SECONDS = 0.01
TURN_SECONDS = 0.0001

_CPU = Kind("cpu", "nanoseconds")


class Processor:
    """Tells what the processor is used for, once its signal is taken."""

    def __init__(self) -> None:
        self._look: _Look | None = None

    def take_signal(self) -> None:
        """Take SIGPROF; only the main thread can. It costs nothing until it is sent.

        It is never given back: if it came late, it would end the process.
        """
        signal.signal(signal.SIGPROF, self._interrupted)
        signal.siginterrupt(signal.SIGPROF, False)

    def record(self, seconds: float, stop: threading.Event) -> Profile:
        """Return what the processor is used for by all threads.

        Blocks for that long, or until told to stop. One at a time.
        """
        if signal.getsignal(signal.SIGPROF) != self._interrupted:
            raise RuntimeError("somebody else has taken SIGPROF")
        began, start = time.time_ns(), time.monotonic()
        look = _Look()
        with self._interrupting(look), _short_turns():
            stop.wait(seconds)
        return Profile(
            kinds=(Kind("samples", "count"), _CPU),
            # A copy: an interruption may still be at work.
            samples=dict(look.samples),
            period=_CPU,
            period_value=int(PERIOD_SECONDS * 1e9),
            began_ns=began,
            duration_ns=int((time.monotonic() - start) * 1e9),
        )

    @contextmanager
    def _interrupting(self, look: "_Look") -> Iterator[None]:
        self._look = look
        signal.setitimer(signal.ITIMER_PROF, PERIOD_SECONDS, PERIOD_SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            self._look = None

    def _interrupted(self, _number: int, frame: FrameType | None) -> None:
        if self._look is not None:
            self._look.at_all(frame)


@contextmanager
def _short_turns() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


class _Look:
    """What has been seen by now: how often, and nanoseconds, by stack."""

    def __init__(self) -> None:
        self.samples: dict[Stack, list[int]] = {}
        self._used = {
            each.native_id: _cpu_time(each.native_id)
            for each in threading.enumerate()
            if each.native_id is not None
        }

    def at_all(self, interrupted: FrameType | None) -> None:
        """Look at every thread; the main one was interrupted in this frame."""
        frames: dict[int, FrameType | None] = {**sys._current_frames()}
        frames[threading.main_thread().ident or 0] = interrupted
        for thread in threading.enumerate():
            frame, native = frames.get(thread.ident or 0), thread.native_id
            if frame is None or native is None:
                continue
            used = self._used_since(native)
            if used:
                sample = self.samples.setdefault(stack_of(frame), [0, 0])
                sample[0] += 1
                sample[1] += used

    def _used_since(self, native: int) -> int:
        now = _cpu_time(native)
        before = self._used.get(native, 0)
        self._used[native] = now
        # The number of a thread that has ended may be given to another one.
        return now - before if now >= before else now


def _cpu_time(native: int) -> int:
    """Return the nanoseconds that a thread has had; 0 if it has ended.

    The number of a thread's clock is made of the thread's in this way by Linux. Python
    can ask for it, too, but that may crash if the thread has just ended.
    """
    try:
        return time.clock_gettime_ns((~native << 3) | 6)
    except OSError:
        return 0
