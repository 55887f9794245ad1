"""Where code is: places and stacks of them, without a single value of a variable."""

from types import CodeType, FrameType
from typing import NamedTuple


class Place(NamedTuple):
    """A line of a function, which is named with its module.

    A plain tuple, since hundreds are made for each sample of a profile.
    """

    function: str
    filename: str
    first_line: int
    line: int


Stack = tuple[Place, ...]
"""Innermost first."""


def place_in(code: CodeType, module: str, line: int | None) -> Place:
    """Return a line of the code, its first one if there is none."""
    first = code.co_firstlineno
    return Place(f"{module}.{code.co_qualname}", code.co_filename, first, line or first)


def place_of(frame: FrameType) -> Place:
    """Return where a frame is at this moment."""
    return place_in(frame.f_code, frame.f_globals.get("__name__", "?"), frame.f_lineno)


def stack_of(frame: FrameType | None) -> Stack:
    """Return where a frame and all that called it are at this moment."""
    places = []
    while frame is not None:
        places.append(place_of(frame))
        frame = frame.f_back
    return tuple(places)
