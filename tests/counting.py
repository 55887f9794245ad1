"""Counts calls of functions: what work costs, on any machine the same."""

import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any


class Calls:
    """Counts, while it is entered, the calls that its thread makes.

    ``of`` holds those of the functions given, by name; ``all`` those of any function.
    """

    def __init__(self, *functions: Callable[..., Any]) -> None:
        self._codes = {each.__code__: each.__name__ for each in functions}
        self.of: Counter[str] = Counter()
        self.all = 0

    def __enter__(self) -> "Calls":
        self._before = sys.getprofile()
        sys.setprofile(self._count)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(self._before)

    def _count(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in self._codes:
            self.of[self._codes[frame.f_code]] += 1
        self.all += event in ("call", "c_call")
