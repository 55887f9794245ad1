"""The routes of the short path, made from the one table, for paths beyond doubt.

What is found here is what werkzeug finds, too: a path that has several readings is left
to it.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from attrs import frozen
from werkzeug.routing import Map

from notary.web.converters import CONVERTERS
from notary.web.routes import Route

_VARIABLE = re.compile(r"<([a-z_]+):([a-z_]+)>")
_PREFIX = b"/_trust/"


@frozen
class _Path:
    """The paths of one route."""

    route: Route
    pattern: re.Pattern[str]
    converted: Mapping[str, Callable[[str], str]]

    def variables(self, path: str) -> dict[str, str] | None:
        """Return the variables of the route, ``None`` for a path of another."""
        found = self.pattern.fullmatch(path)
        if found is None:
            return None
        variables = found.groupdict()
        for name, convert in self.converted.items():
            variables[name] = convert(variables[name])
        return variables


class QuickRoutes:
    """Finds out which of the routes that are marked so a path leads to."""

    def __init__(self, routes: Iterable[Route]) -> None:
        marked = [route for route in routes if route.is_quick]
        self._fixed = {
            route.rule.encode(): (route, dict[str, str]())
            for route in marked
            if "<" not in route.rule
        }
        self._paths = [_path(route) for route in marked if "<" in route.rule]

    def find(self, path: bytes) -> tuple[Route, dict[str, str]] | None:
        """Return the route and its variables; ``None`` if that is for others to say."""
        fixed = self._fixed.get(path)
        if fixed is not None:
            return fixed
        if path.count(_PREFIX) != 1:
            return None
        text = path.decode("ascii")
        for each in self._paths:
            variables = each.variables(text)
            if variables is not None:
                return each.route, variables
        return None


def _path(route: Route) -> _Path:
    """Return the paths of a route, in which each variable is what its converter says.

    Converters that leave the text as it is are not asked.
    """
    pieces = _VARIABLE.split(route.rule)
    pattern, converted = [re.escape(pieces[0])], {}
    for kind, name, literal in zip(*(pieces[n::3] for n in (1, 2, 3)), strict=True):
        converter = CONVERTERS[kind]
        pattern += [f"(?P<{name}>{converter.regex})", re.escape(literal)]
        if "to_python" in vars(converter):
            converted[name] = converter(Map()).to_python
    return _Path(route, re.compile("".join(pattern)), converted)
