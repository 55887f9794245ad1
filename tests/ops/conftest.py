"""What tests of the parts around the programs share."""

import pytest
from twisted.logger import globalLogPublisher


@pytest.fixture
def events(reactor_thread):
    """Everything that is logged during the test."""
    seen = []
    globalLogPublisher.addObserver(seen.append)
    yield seen
    globalLogPublisher.removeObserver(seen.append)
