"""What a request may ask for behind its question mark, within limits."""

from collections.abc import Mapping, Sequence

Query = Mapping[bytes, Sequence[bytes]]

_DIGITS = frozenset(b"0123456789")
_MAX_DIGITS = 9


class BadParameter(Exception):
    """A parameter has a value that it may not have; the message says what it may."""


def whole_number(query: Query, name: str, default: int, least: int, most: int) -> int:
    """Return the parameter's value, the default if it is not given."""
    given = query.get(name.encode("ascii"))
    if not given:
        return default
    text = given[0]
    wrong = len(given) > 1 or not text or len(text) > _MAX_DIGITS or set(text) - _DIGITS
    if wrong or not least <= int(text) <= most:
        raise BadParameter(f"{name} must be a whole number from {least} to {most}")
    return int(text)
