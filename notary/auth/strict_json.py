"""JSON from strangers that can be read in one way only, and does not nest for ever.

Which members there must be is left to the reader.
"""

import json
from decimal import Decimal

MAX_DEPTH = 16
_MAX_DIGITS = 40


class NotStrict(ValueError):
    """Bytes that are no JSON object, or an ambiguous one; the message says why."""


def decode(data: bytes) -> dict[str, object]:
    """Return the members of a JSON object; raise ``NotStrict``.

    Numbers with a point or an exponent are ``Decimal``. As in Go, bytes that
    are no UTF-8 become U+FFFD.
    """
    try:
        value: object = _DECODER.decode(data.decode("utf-8", "replace"))
    except json.JSONDecodeError as error:
        raise NotStrict(f"invalid JSON at character {error.pos}") from None
    except RecursionError:
        raise NotStrict("JSON is nested too deeply") from None
    if not isinstance(value, dict):
        raise NotStrict("not a JSON object")
    _check_depth(value)
    return value


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [member for item in level for member in _members(item)]
    if level:
        raise NotStrict("JSON is nested too deeply")


def _members(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotStrict("duplicate members")
    return members


def _integer(literal: str) -> int:
    if len(literal) > _MAX_DIGITS:
        raise NotStrict("a number has too many digits")
    return int(literal)


def _fraction(literal: str) -> Decimal:
    if len(literal) > _MAX_DIGITS:
        raise NotStrict("a number has too many digits")
    return Decimal(literal)


def _constant(name: str) -> object:
    raise NotStrict(f"{name} is not JSON")


_DECODER = json.JSONDecoder(
    parse_int=_integer,
    parse_float=_fraction,
    parse_constant=_constant,
    object_pairs_hook=_unique,
)
