"""How long and in which rhythm a failed transaction is repeated."""

import random

from attrs import field, frozen
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

FIRST_SECONDS = 0.01
LONGEST_SECONDS = 0.5


@frozen
class Patience:
    """Repeat for so many seconds, after pauses that grow and are never the same."""

    seconds: float
    clock: IReactorTime
    _random: random.Random = field(factory=random.SystemRandom)

    def begun(self) -> float:
        """Return the time at which repeating begins."""
        return self.clock.seconds()

    async def pause(self, begun: float, retries: int) -> bool:
        """Wait before the next attempt; at once ``False`` if there is no time left."""
        longest = min(FIRST_SECONDS * 2 ** min(retries, 16), LONGEST_SECONDS)
        pause = self._random.uniform(0, longest)
        if self.clock.seconds() + pause - begun > self.seconds:
            return False
        await deferLater(self.clock, pause)
        return True
