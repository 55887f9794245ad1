"""Reading typed members out of decoded JSON, with Go's messages when a type is wrong.

Absent and null members read as the zero value, as in Go. Unlike Go, a member whose
name differs from a known one only by case is refused: signer and verifier
could each mean another one.
"""

import binascii
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal

from notary.tuf import moment
from notary.tuf.canonical import FloatLiteral
from notary.tuf.errors import InvalidMetadata
from notary.tuf.moment import Moment

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n"


def struct(
    value: object, go_type: str, names: AbstractSet[str]
) -> Mapping[str, object]:
    """Return the members of an object with these known member names."""
    members = mapping(value, go_type)
    if not members.keys() <= names:
        folded = {name.casefold(): name for name in names}
        for name in members:
            if name not in names and name.casefold() in folded:
                known = folded[name.casefold()]
                raise InvalidMetadata(
                    f"member {name[:80]!r} is confusable with {known!r}"
                )
    return members


def mapping(value: object, go_type: str) -> Mapping[str, object]:
    """Return the members of an object with arbitrary member names."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong_type(value, go_type)
    return value


def array(value: object, go_type: str) -> list[object]:
    """Return the items of an array."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise _wrong_type(value, go_type)
    return value


def string(value: object, go_type: str = "string") -> str:
    """Return a string."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong_type(value, go_type)
    return value


def strings(value: object) -> list[str]:
    """Return the strings of an array."""
    return [string(item) for item in array(value, "[]string")]


def integer(value: object, go_type: str = "int") -> int:
    """Return an integer that is written without point and exponent."""
    if value is None:
        return 0
    if isinstance(value, (bool, FloatLiteral)) or not isinstance(value, int):
        raise _wrong_type(value, go_type)
    return value


def boolean(value: object) -> bool:
    """Return a truth value."""
    if value is None:
        return False
    if not isinstance(value, bool):
        raise _wrong_type(value, "bool")
    return value


def time(value: object) -> Moment:
    """Return an RFC 3339 time; none at all is the year 1."""
    if value is None:
        return moment.ZERO
    if not isinstance(value, str):
        raise InvalidMetadata("parsing time: not a string")
    try:
        return moment.parse(value)
    except ValueError as error:
        raise InvalidMetadata(str(error)[:200]) from None


def octets(value: object) -> bytes | None:
    """Return the bytes of a standard base64 string with padding; null stays null."""
    if value is None:
        return None
    text = string(value, "[]uint8").encode()
    octets = _decoded(text)
    return _leniently(text) if octets is None else octets


def _decoded(digits: bytes) -> bytes | None:
    # Python itself overlooks padding after a complete group.
    if len(digits) % 4 or digits.endswith(b"==="):
        return None
    try:
        return binascii.a2b_base64(digits, strict_mode=True)
    except binascii.Error:
        return None


def _leniently(text: bytes) -> bytes:
    """Return what base64 with line ends means or, as Go does, where it is wrong."""
    illegal = text.translate(None, _BASE64)
    if illegal:
        position = text.index(illegal[:1])
        raise InvalidMetadata(f"illegal base64 data at input byte {position}")
    octets = _decoded(text.translate(None, b"\r\n"))
    if octets is None:
        start = max(len(text) - 1, 0) // 4 * 4
        raise InvalidMetadata(f"illegal base64 data at input byte {start}")
    return octets


def _wrong_type(value: object, go_type: str) -> InvalidMetadata:
    kind = _kind(value, go_type)
    return InvalidMetadata(
        f"json: cannot unmarshal {kind} into Go value of type {go_type}"
    )


def _kind(value: object, go_type: str) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, Decimal)):
        return f"number {str(value)[:40]}" if "int" in go_type else "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"
