"""One profile at a time, in a thread that does not outlive it."""

import threading

import pytest
from twisted.internet.defer import CancelledError, Deferred, DeferredList

from notary.debug.recorder import Busy, Recorder


def until_stopped(stop):
    stop.wait()
    return b"stopped"


def profile_threads():
    """Return those that run; for a moment one is listed that does not yet."""
    every = threading.enumerate()
    return [each for each in every if each.name == "profile" and each.is_alive()]


def started(recorder, work=until_stopped):
    return Deferred.fromCoroutine(recorder.record(work))


def ended():
    for each in profile_threads():
        each.join(10)
    return profile_threads() == []


def test_what_the_work_returns_is_returned(run, reactor_thread):
    assert run(Recorder(reactor_thread).record(lambda _: b"done")) == b"done"
    assert ended()


def test_what_the_work_raises_is_raised_and_the_next_one_may_begin(run, reactor_thread):
    recorder = Recorder(reactor_thread)
    with pytest.raises(ZeroDivisionError):
        run(recorder.record(lambda _: bytes(1 // 0)))
    assert run(recorder.record(lambda _: b"done")) == b"done"


def test_of_many_at_once_one_is_done_and_the_others_are_refused(run, reactor_thread):
    recorder = Recorder(reactor_thread)

    async def all_at_once():
        every = [started(recorder) for _ in range(8)]
        await recorder.close()
        return await DeferredList(every, consumeErrors=True)

    first, *others = run(all_at_once())
    assert first == (True, b"stopped")
    assert [failure.type for _, failure in others] == [Busy] * 7
    assert ended()


def test_who_is_cancelled_stops_the_work_which_is_busy_until_it_has_stopped(
    run, reactor_thread
):
    recorder, going_on = Recorder(reactor_thread), threading.Event()

    def slow_to_stop(stop):
        stop.wait()
        going_on.wait()
        return b""

    async def cancel():
        first = started(recorder, slow_to_stop)
        first.cancel()
        with pytest.raises(CancelledError):
            await first
        with pytest.raises(Busy):
            await started(recorder)
        going_on.set()
        await recorder.close()
        return await recorder.record(lambda _: b"next")

    assert run(cancel()) == b"next"
    assert ended()


def test_there_may_be_nothing_to_close(run, reactor_thread):
    run(Recorder(reactor_thread).close())
