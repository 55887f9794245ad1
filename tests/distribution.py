"""Which tests stay together when several processes share the suite: those of a file.

The images take a minute and a half to build, so all of their tests are one process's.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

IMAGES = "tests/image/"


class ByFile(LoadFileScheduling):
    """The order ``--dist=loadfile``, with the folder of the images as one file."""

    def _split_scope(self, nodeid: str) -> str:
        return IMAGES if nodeid.startswith(IMAGES) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: Any, log: Any) -> ByFile | None:
    """Return the order of a run by files; others are left to pytest-xdist."""
    return ByFile(config, log) if config.getoption("dist") == "loadfile" else None
