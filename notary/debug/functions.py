"""Which function a line of a file belongs to, which ``tracemalloc`` does not say."""

import gc
from collections.abc import Container
from pathlib import PurePath
from types import CodeType, FunctionType

from notary.debug.stacks import Place, place_in


class Functions:
    """All functions that there are now in some files, by their lines."""

    def __init__(self, filenames: Container[str]) -> None:
        self._places: dict[tuple[str, int], Place] = {}
        self._seen: set[CodeType] = set()
        for each in gc.get_objects():
            if type(each) is FunctionType and each.__code__.co_filename in filenames:
                self._add(each.__code__, each.__globals__.get("__name__", "?"))

    def place(self, filename: str, line: int) -> Place:
        """Return the line, in the innermost function that has it."""
        found = self._places.get((filename, line))
        outside = f"{PurePath(filename).stem}.<module>"
        return found or Place(outside, filename, 1, line)

    def _add(self, code: CodeType, module: str) -> None:
        if code in self._seen:
            return
        self._seen.add(code)
        for _, _, line in code.co_lines():
            if line:
                self._keep(place_in(code, module, line))
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self._add(constant, module)

    def _keep(self, place: Place) -> None:
        key = place.filename, place.line
        other = self._places.get(key)
        if other is None or other.first_line <= place.first_line:
            self._places[key] = place
