"""What reads metadata in the tests: all of a server's reading, without its reactor."""

from typing import Any

from attrs import define
from twisted.internet.task import Clock

from notary.server.cache import Cache
from notary.server.files import Files


@define
class Prompt:
    """A clock that does what is to be done in no time at once."""

    clock: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.clock, name)

    def callLater(self, when: float, what: Any) -> Any:  # noqa: N802
        return self.clock.callLater(when, what) if when else what()


def new_files(store, clock=None, max_bytes=1_000_000):
    """Return what reads this store; by default its time stands still."""
    return Files(store, Prompt(clock or Clock()), Cache(max_bytes))


async def newest_file(store, gun, role):
    """Return the newest file of one role, or None if there is none."""
    return (await store.newest_of([(gun, role)])).get((gun, role))
