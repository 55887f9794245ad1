"""By checksum nothing is served that was gone for more than a moment.

The world is that of the group reads: several servers, and a database whose answers come
at any time. Here every publish brings a file that clients ask for by its checksum.
"""

from contextlib import closing

from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred

from notary.server.files import FRESH_SECONDS
from notary.storage.store import NewFile, StorageError
from tests.publisher import NOW
from tests.server.test_group_reads import GUN, SERVERS, World
from tests.server.test_grouping import outcome

FOREVER = float("inf")


@define(eq=False)
class Fetch:
    """Who asked for a file, when, and when the answer was there."""

    sha256: str
    asked: float
    answer: Deferred
    answered: float = FOREVER


@define
class Shelf(World):
    """Servers that are asked for files, and a record of when each was stored."""

    stored: dict = field(factory=dict)
    fetches: list = field(factory=list)

    def publish(self, _number):
        self.published += 1
        self.version += 1
        timestamp = NewFile.of("timestamp", self.version, b"t%d" % self.published)
        targets = NewFile.of("targets", self.version, b"f%d" % (self.published % 7))
        files, base = [timestamp, targets], self.states[-1]
        Deferred.fromCoroutine(self.store.publish(GUN, files, base, NOW))
        self.states.append(timestamp.sha256)
        self.stored.setdefault(targets.sha256, []).append([self.now, FOREVER])

    def delete(self, _number):
        Deferred.fromCoroutine(self.store.delete(GUN, NOW))
        self.states.append(None)
        for intervals in self.stored.values():
            for interval in intervals:
                interval[1] = min(interval[1], self.now)

    def fetch(self, number):
        if self.stored:
            sha256 = list(self.stored)[number // SERVERS % len(self.stored)]
            files = self.servers[number % SERVERS]
            answer = Deferred.fromCoroutine(files.confirmed(GUN, "targets", sha256))
            answer.addErrback(lambda error: error.trap(StorageError) and error.value)
            one = Fetch(sha256, self.now, answer)
            answer.addBoth(self._answered, one)
            self.fetches.append(one)

    def _answered(self, found, fetch):
        fetch.answered = self.now
        return found

    def age(self, _number):
        self.clock.advance(FRESH_SECONDS * 0.6)

    @property
    def now(self):
        return self.clock.seconds()

    def was_stored(self, sha256, begin, end):
        intervals = self.stored[sha256]
        return any(since <= end and begin <= until for since, until in intervals)

    def was_missing(self, sha256, begin, end):
        intervals = self.stored[sha256]
        return not any(since < begin and end < until for since, until in intervals)


STEPS = (*("fetch", "look", "reply") * 4, *("read", "publish", "age") * 2, "delete")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(0, 4 * SERVERS - 1)),
        min_size=40,
        max_size=100,
    )
)
def test_a_file_is_served_if_it_is_stored_and_for_a_moment_after(steps):
    with closing(Shelf()) as world:
        world.play(steps)
    for fetch in world.fetches:
        found = outcome(fetch.answer)
        assert found is not ...
        if isinstance(found, StorageError):
            continue
        if found is None:
            assert world.was_missing(fetch.sha256, fetch.asked, fetch.answered)
        else:
            begin = fetch.asked - FRESH_SECONDS
            assert world.was_stored(fetch.sha256, begin, fetch.answered)
