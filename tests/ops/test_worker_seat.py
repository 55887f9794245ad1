"""A worker that ends is begun anew, one that hangs is killed: by the test's clock."""

import os

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from notary.ops.worker_process import Launched, worker_environ
from notary.ops.worker_seat import (
    ALONE_SECONDS,
    PAUSES,
    PING_SECONDS,
    SILENT_PINGS,
    STABLE_SECONDS,
    STARTING_PINGS,
    Seat,
)


@define
class Line:
    """A line to a process that answers, or does not."""

    answers: bool = True
    heard: list = field(factory=list)
    problems: dict = field(factory=dict)
    waiting: list = field(factory=list)

    async def ask(self, clock, seconds, what, said=None):
        self.heard.append(what)
        if self.answers:
            return self.problems
        self.waiting.append(Deferred())
        return await self.waiting[-1]


@define(slots=False)
class Launcher:
    """Starts nothing, and remembers what it was to start."""

    clock: Clock
    started: list = field(factory=list)
    signals: list = field(factory=list)
    line: Line = field(factory=Line)

    def __call__(self, number, answers, ended):
        self.started.append(self.clock.seconds())
        self.answers, self.ended = answers, ended
        return Launched(self.line, self.signals.append)

    def serve(self):
        Deferred.fromCoroutine(self.answers["serving"](None))


@define
class Crew:
    """Wants every worker to be there, and knows no news."""

    again: bool = True
    others: bool = True
    changes: list = field(factory=list)

    def serves(self, seat):
        pass

    def changed(self, seat):
        self.changes.append((seat.serving, dict(seat.problems)))

    def ended(self, seat, reason, *, by_itself):
        return self.again

    def others_serve(self, seat):
        return self.others

    def news_for(self, seat):
        return {}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def launcher(clock):
    return Launcher(clock)


@pytest.fixture
def crew():
    return Crew()


@pytest.fixture
def seat(clock, launcher, crew):
    made = Seat(1, clock, launcher, crew)
    made.start()
    return made


def pass_pings(clock, count):
    for _ in range(count):
        clock.advance(PING_SECONDS)


def test_who_dies_after_it_has_served_is_replaced_at_once(seat, clock, launcher):
    launcher.serve()
    pass_pings(clock, STABLE_SECONDS)
    launcher.ended("signal SIGKILL", False)
    clock.advance(0)
    assert launcher.started[1:] == [clock.seconds()]
    assert seat.starts == 2


def test_pauses_grow_for_who_dies_at_the_start_and_stay_bounded(clock, launcher, seat):
    for pause in (*PAUSES, PAUSES[-1], PAUSES[-1]):
        launcher.ended("exit code 1", True)
        expected = len(launcher.started)
        clock.advance(max(0, pause - 0.5))
        assert len(launcher.started) == expected + (pause == 0)
        clock.advance(0.5)
        assert len(launcher.started) == expected + 1


def test_pauses_stay_short_while_nobody_else_serves(crew, clock, launcher, seat):
    crew.others = False
    for _ in (*PAUSES, 0):
        launcher.ended("signal SIGKILL", False)
        expected = len(launcher.started) + 1
        clock.advance(ALONE_SECONDS)
        assert len(launcher.started) == expected


def test_pauses_begin_again_after_a_while_of_service(clock, launcher, seat):
    for _ in PAUSES:
        launcher.ended("exit code 1", True)
        clock.advance(PAUSES[-1])
    launcher.serve()
    clock.advance(STABLE_SECONDS)
    launcher.ended("exit code 1", True)
    clock.advance(0)
    assert launcher.started[-1] == clock.seconds()


def test_who_answers_is_left_alone(clock, launcher, seat):
    launcher.serve()
    pass_pings(clock, 10 * SILENT_PINGS)
    assert launcher.signals == []


def test_who_is_silent_is_killed_once(clock, launcher, seat):
    launcher.serve()
    launcher.line.answers = False
    pass_pings(clock, SILENT_PINGS)
    assert launcher.signals == []
    pass_pings(clock, SILENT_PINGS)
    assert launcher.signals == ["KILL"]


def test_who_starts_is_given_more_time(clock, launcher):
    launcher.line.answers = False
    Seat(1, clock, launcher, Crew()).start()
    pass_pings(clock, STARTING_PINGS - 1)
    assert launcher.signals == []
    pass_pings(clock, 2)
    assert launcher.signals == ["KILL"]


def test_a_time_in_which_nobody_ran_is_no_silence(clock, launcher, seat):
    launcher.serve()
    launcher.line.answers = False
    pass_pings(clock, 2)
    clock.advance(24 * 3600)
    launcher.line.answers = True
    launcher.line.waiting[-1].callback({})
    pass_pings(clock, SILENT_PINGS)
    assert launcher.signals == []


def test_the_others_hear_of_problems_when_they_change(clock, launcher, crew, seat):
    launcher.serve()
    launcher.line.problems = {"DB operational": "away"}
    pass_pings(clock, 3)
    assert crew.changes == [(True, {}), (True, {"DB operational": "away"})]


def test_nobody_is_started_when_the_crew_wants_nobody(clock, launcher, crew, seat):
    crew.again = False
    launcher.ended("exit code 0", True)
    clock.advance(3600)
    assert len(launcher.started) == 1
    assert seat.is_empty
    assert clock.getDelayedCalls() == []


def test_what_cannot_be_started_is_tried_again(clock, crew):
    tries = []

    def launch(number, answers, ended):
        tries.append(number)
        raise BlockingIOError(11, "Resource temporarily unavailable")

    Seat(3, clock, launch, crew).start()
    clock.advance(0)
    clock.advance(1)
    assert tries == [3, 3, 3]


def test_a_worker_finds_the_same_modules_and_no_systemd():
    variables = {
        "HOME": "/x",
        "NOTIFY_SOCKET": "/n",
        "WATCHDOG_USEC": "1",
        "LISTEN_FDS": "1",
        "NOTARY_SERVER_KEY_PASSPHRASE": "kept",
    }
    found = worker_environ(variables)
    assert found["NOTARY_SERVER_KEY_PASSPHRASE"] == "kept"
    assert set(found) == {"HOME", "NOTARY_SERVER_KEY_PASSPHRASE", "PYTHONPATH"}
    assert all(os.path.isabs(each) for each in found["PYTHONPATH"].split(os.pathsep))
