"""No reader ever sees a state older than what was acknowledged before it asked.

Several servers read from one database whose queries look at the data at any time after
they begin, and whose answers arrive in any order, or never. What is published and
deleted in between is acknowledged at once, by yet another server.
"""

from contextlib import closing

from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from notary.server import grouping
from notary.storage.store import NewFile, StorageError
from tests.publisher import NOW
from tests.reading import new_files
from tests.server.prompt_sql import PromptStore
from tests.server.slow_store import SlowStore
from tests.server.test_grouping import outcome

GUN = "example.com/app"
SERVERS = 2


@define(eq=False)
class Reading:
    """Who asks for the repository after so many of its states were acknowledged."""

    after: int
    answer: Deferred
    before: int | None = None


@define
class World:
    """Servers on one store, and a record of every state that was acknowledged."""

    clock: Clock = field(factory=Clock)
    store: PromptStore = field(factory=PromptStore)
    databases: list = field(factory=list)
    servers: list = field(factory=list)
    states: list = field(factory=lambda: [None])
    readings: list = field(factory=list)
    published: int = 0
    version: int = 0

    def __attrs_post_init__(self):
        self.databases = [SlowStore(self.store) for _ in range(SERVERS)]
        self.servers = [new_files(each, self.clock) for each in self.databases]

    def read(self, number):
        files = self.servers[number % SERVERS]
        answer = Deferred.fromCoroutine(files.newest(GUN))
        reading = Reading(len(self.states) - 1, answer)
        answer.addErrback(lambda failure: failure.trap(StorageError) and failure.value)
        answer.addCallback(self._ended, reading)
        self.readings.append(reading)

    def _ended(self, found, reading):
        reading.before = len(self.states)
        return found

    def publish(self, number):
        self.published += 1
        # What is made anew begins with a lower version, the same, or a higher one.
        self.version += max(1 - self.version, number) if self.states[-1] is None else 1
        file = NewFile.of("timestamp", self.version, b"%d" % self.published)
        base = self.states[-1]
        Deferred.fromCoroutine(self.store.publish(GUN, [file], base, NOW))
        self.states.append(file.sha256)

    def delete(self, _number):
        Deferred.fromCoroutine(self.store.delete(GUN, NOW))
        self.states.append(None)
        self.version = max(self.version - 2, 0)

    def look(self, number):
        self.databases[number % SERVERS].look(number // SERVERS)

    def reply(self, number):
        self.databases[number % SERVERS].reply(number // SERVERS)

    def fail(self, number):
        self.databases[number % SERVERS].fail(number // SERVERS)

    def wait(self, _number):
        self.clock.advance(grouping.OVERDUE_SECONDS)

    def play(self, steps):
        for step, number in steps:
            getattr(self, step)(number)
        self.finish()

    def close(self):
        self.store.close()

    def finish(self):
        self.clock.advance(grouping.GATHER_SECONDS)
        while any(each.pending for each in self.databases):
            for each in self.databases:
                each.reply()
            self.clock.advance(grouping.GATHER_SECONDS)


STEPS = ("read", "look", "reply", "publish") * 4 + ("delete", "fail", "wait")


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(0, 2 * SERVERS - 1)),
        min_size=40,
        max_size=80,
    )
)
def test_no_reader_sees_a_state_older_than_its_question(steps):
    with closing(World()) as world:
        world.play(steps)
    for reading in world.readings:
        found = outcome(reading.answer)
        assert found is not ...
        if isinstance(found, StorageError):
            continue
        seen = None if found is None else found.file.sha256
        assert seen in world.states[reading.after : reading.before]


@settings(max_examples=50, deadline=None)
@given(readers=st.integers(1, 40), rounds=st.integers(1, 5))
def test_many_readers_cost_few_queries(readers, rounds):
    with closing(World()) as world:
        world.publish(0)
        for _ in range(rounds):
            for _ in range(readers):
                world.read(0)
            world.finish()
    asked = world.databases[0].counted.count("newest_timestamps")
    assert asked <= 2 * rounds
    assert world.databases[0].counted.count("find") <= 2
