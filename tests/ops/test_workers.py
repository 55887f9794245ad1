"""All workers together, and the line to one: real sockets, doubles of processes."""

import socket

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from notary.ops.worker_channel import Channel, Unanswered, connect
from notary.ops.worker_process import Launched
from notary.ops.workers import LAST_SECONDS, Workers


class Crew:
    """Workers whose processes are here: the test says what they do."""

    def __init__(self, count, delay=0):
        self.clock, self.told = Clock(), []
        self.doing = {}
        self.workers = Workers(
            self.clock,
            count,
            self.launch,
            drain_seconds=delay,
            ready=lambda: self.told.append("ready"),
            failed=lambda: self.told.append("failed"),
        )
        self.workers.startService()

    def launch(self, number, answers, ended):
        self.doing[number] = Process(answers, ended)
        return Launched(self.doing[number], self.doing[number].signals.append)

    def serve(self, *numbers):
        for number in numbers:
            Deferred.fromCoroutine(self.doing[number].answers["serving"](None))


class Process:
    """Answers what it is asked from a table, and notes what it is told."""

    def __init__(self, answers, ended):
        self.answers, self.ended = answers, ended
        self.signals, self.heard = [], []
        self.says = {"ping": {}, "page": "", "reload": True, "level": None}

    async def ask(self, clock, seconds, what, said=None):
        self.heard.append((what, said))
        if self.says[what] is None:
            raise Unanswered(what)
        return self.says[what]


def test_the_first_one_starts_alone_and_all_together_are_ready():
    crew = Crew(3)
    assert set(crew.doing) == {1}
    crew.serve(1)
    assert set(crew.doing) == {1, 2, 3}
    crew.serve(2)
    assert crew.told == []
    crew.serve(3)
    assert crew.told == ["ready"]


def test_the_program_ends_if_the_first_worker_ends_before_it_serves():
    crew = Crew(2)
    crew.doing[1].ended("exit code 1", True)
    assert crew.told == ["failed"]
    crew.clock.advance(60)
    assert crew.workers.seats[0].starts == 1


@pytest.mark.parametrize("which", [1, 2])
def test_who_ends_after_one_has_served_is_replaced_although_not_all_have(which):
    crew = Crew(2)
    crew.serve(1)
    crew.doing[which].ended("signal SIGKILL", False)
    crew.clock.advance(1)
    assert crew.workers.seats[which - 1].starts == 2
    crew.serve(1, 2)
    assert crew.told == ["ready"]


def test_all_are_told_what_the_others_lack_and_they_do_not():
    crew = Crew(3)
    crew.serve(1, 2, 3)
    crew.doing[1].says["ping"] = {"DB operational": "away"}
    crew.doing[2].says["ping"] = {"DB operational": "away", "Trust": "gone"}
    for _ in range(3):
        crew.clock.advance(2)
    news = {number: done.heard[-1] for number, done in crew.doing.items()}
    assert news[1] == ("ping", {"worker 2: Trust": "gone"})
    assert news[2] == ("ping", {})
    assert news[3] == (
        "ping",
        {
            "worker 1: DB operational": "away",
            "worker 2: DB operational": "away",
            "worker 2: Trust": "gone",
        },
    )
    crew.doing[2].ended("signal SIGKILL", False)
    assert crew.doing[1].heard[-1] == ("ping", {"worker 2": "does not run"})


def test_a_level_reaches_those_who_come_later_until_the_next_reload():
    crew = Crew(2)
    crew.serve(1, 2)
    crew.workers.set_level("debug")
    assert ("level", "debug") in crew.doing[1].heard
    crew.doing[2].ended("signal SIGKILL", False)
    crew.clock.advance(0)
    crew.serve(2)
    assert ("level", "debug") in crew.doing[2].heard
    Deferred.fromCoroutine(crew.workers.reload())
    assert ("reload", None) in crew.doing[1].heard
    crew.doing[2].ended("signal SIGKILL", False)
    crew.clock.advance(60)
    crew.serve(2)
    assert ("level", "debug") not in crew.doing[2].heard


def page(crew):
    got = []
    Deferred.fromCoroutine(crew.workers.page()).addCallback(got.append)
    return got[0].decode()


def test_a_page_that_cannot_be_made_fails_and_the_next_one_is_made():
    crew = Crew(1)
    crew.serve(1)
    made = []

    def own_page():
        made.append("page")
        if len(made) == 1:
            raise ValueError("a collector failed")
        return b""

    crew.workers.own_page = own_page
    first = Deferred.fromCoroutine(crew.workers.page())
    assert isinstance(first.result.value, ValueError)
    first.addErrback(lambda _: None)
    assert Deferred.fromCoroutine(crew.workers.page()).result == b""


def test_a_worker_that_does_not_answer_is_left_out_of_the_page_and_down():
    crew = Crew(2)
    crew.serve(1, 2)
    crew.workers.own_page = lambda: b"# HELP a b\n# TYPE a gauge\na 1\n"
    crew.doing[1].says["page"] = "# HELP a b\n# TYPE a gauge\na 2\n"
    crew.doing[2].says["page"] = None
    assert page(crew).splitlines()[2:] == ["a 1", 'a{worker="1"} 2']
    assert [seat.answered for seat in crew.workers.seats] == [True, False]


def test_all_are_drained_and_whoever_does_not_end_is_killed():
    crew, done = Crew(2, delay=7), []
    crew.serve(1, 2)
    crew.workers.stopService().addCallback(done.append)
    assert [each.signals for each in crew.doing.values()] == [["TERM"], ["TERM"]]
    crew.doing[1].ended("exit code 0", True)
    crew.clock.advance(LAST_SECONDS + 6)
    assert crew.doing[2].signals == ["TERM"]
    crew.clock.advance(1)
    assert "KILL" in crew.doing[2].signals
    assert done == []
    crew.doing[2].ended("signal SIGKILL", False)
    assert done == [None]
    assert crew.clock.getDelayedCalls() == []


def test_whoever_begins_to_serve_too_late_is_sent_home():
    crew = Crew(2)
    crew.workers.drain()
    crew.doing[1].signals.clear()
    crew.serve(1)
    assert crew.doing[1].signals == ["TERM"]
    assert set(crew.doing) == {1}


@pytest.fixture
def line(reactor_thread, run):
    """Two channels that are connected, and what the second one answers."""
    answers, lost = {}, []
    ours, theirs = socket.socketpair()
    near = Channel({}, lambda: lost.append("near"))
    far = Channel(answers, lambda: lost.append("far"))

    async def begin():
        connect(reactor_thread, ours, near)
        connect(reactor_thread, theirs, far)

    run(begin())
    yield near, far, answers, lost

    async def end():
        for each in (near, far):
            if each.connected:
                each.transport.abortConnection()

    run(end())


async def echo(said):
    return said


async def fail(said):
    raise ValueError("out of order")


def test_questions_are_answered_whatever_their_size(line, run, reactor_thread):
    near, _, answers, _ = line
    answers["echo"] = echo
    for said in ("x" * 3_000_000, {"a": ["ü", None]}, None):
        assert run(near.ask(reactor_thread, 20, "echo", said)) == said


def test_who_cannot_answer_says_so(line, run, reactor_thread):
    near, _, answers, _ = line
    answers["fail"] = fail
    for what in ("fail", "unheard of"):
        with pytest.raises(Unanswered):
            run(near.ask(reactor_thread, 20, what))


def test_questions_are_given_up_when_the_other_side_is_gone(line, run, reactor_thread):
    near, far, answers, lost = line

    async def hang_up(said):
        far.transport.abortConnection()

    answers["end"] = hang_up
    with pytest.raises(Unanswered):
        run(near.ask(reactor_thread, 20, "end"))
    with pytest.raises(Unanswered):
        run(near.ask(reactor_thread, 20, "end"))
    assert "near" in lost
