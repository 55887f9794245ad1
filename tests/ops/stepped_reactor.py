"""A reactor whose time goes on when a test tells it to."""

from twisted.internet.testing import MemoryReactorClock
from twisted.internet.threads import blockingCallFromThread


class SteppedReactor(MemoryReactorClock):
    """A reactor that runs already, and whose time goes on when it is told to."""

    def __init__(self, thread):
        super().__init__()
        self._thread = thread

    def play(self, story):
        """Call a function where everything else happens, too."""
        blockingCallFromThread(self._thread, story)

    def pass_seconds(self, seconds):
        """Let the time pass in small steps, as on a real reactor."""
        self.pump([0.1] * round(seconds * 10))
