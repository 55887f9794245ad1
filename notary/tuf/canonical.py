"""JSON in, canonical JSON out: the bytes that are hashed and signed.

The Go server reads every number as a 64-bit float and writes it as an integer, replaces
what is not UTF-8, and lets the last of two equal members win. All of that is
kept for metadata that is stored already (``strict=False``), because its
signatures cover it. What is uploaded (``strict=True``) must have one meaning only.
"""

import codecs
import json
import re
from collections.abc import Callable, Collection
from decimal import Decimal

from notary.tuf.errors import NonCanonical, TrailingData

MAX_INTEGER = 2**53
MAX_DEPTH = 300
"""How deep an upload may nest: the stack of every thread has room for that."""

_INT64_OVERFLOW = -(2**63)
_MAX_DIGITS = 400
_EXACT_DIGITS = 15
_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.)*+"|([\[{])|([\]}])', re.DOTALL)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(u00[0-9a-f]{2}|.)")
_SHORT_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_HTML_ESCAPE = re.compile("[<>&\u2028\u2029]")


class FloatLiteral(int):
    """An integral number written with a point or an exponent, such as ``1.0``.

    It is canonical as an integer, but no integer field of the metadata accepts it.
    """


def decode(data: bytes, *, strict: bool) -> object:
    """Return the JSON value of ``data``; raise ``NonCanonical`` if it has none."""
    text = codecs.decode(data, "utf-8", "notary-replace-bytes")
    if strict:
        _check_depth(text)
    try:
        value: object = (_STRICT if strict else _LENIENT).decode(text)
        return _replace_surrogates(value) if "\\u" in text else value
    except json.JSONDecodeError as error:
        raise _syntax_error(text, error) from None
    except RecursionError:
        raise NonCanonical("JSON is nested too deeply") from None


def encode(value: object) -> bytes:
    """Return the canonical form; raise ``NonCanonical`` for numbers with a fraction."""
    try:
        text = json.dumps(
            value, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
    except RecursionError:
        raise NonCanonical("JSON is nested too deeply") from None
    except TypeError:
        raise NonCanonical("json: unsupported value: not an integer") from None
    if "\\" in text:
        text = _ESCAPE.sub(_unescape, text)
    return text.encode()


def escape_html(text: str) -> str:
    """Escape ``<``, ``>``, ``&`` and the line separators as Go's JSON encoder does."""
    return _HTML_ESCAPE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _check_depth(text: str) -> None:
    """Refuse what nests too deeply, whatever it is otherwise."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for match in _BRACKETS.finditer(text):
        depth += (match[1] is not None) - (match[2] is not None)
        if depth > MAX_DEPTH:
            raise NonCanonical("JSON is nested too deeply")


def _unescape(match: re.Match[str]) -> str:
    """Undo every escape of ``json.dumps`` but those of the quote and the backslash."""
    kind = match[1]
    if kind in '"\\':
        return match[0]
    return _SHORT_ESCAPES.get(kind) or chr(int(kind[1:], 16))


def _replace_bytes(error: UnicodeError) -> tuple[str, int]:
    """Put one U+FFFD for each undecodable byte, as Go does."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\ufffd" * (error.end - error.start), error.end


codecs.register_error("notary-replace-bytes", _replace_bytes)


def _replace_surrogates(value: object) -> object:
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_replace_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {
            _LONE_SURROGATE.sub("\ufffd", name): _replace_surrogates(item)
            for name, item in value.items()
        }
    return value


def _strict_number(literal: str) -> Decimal:
    number = _decimal(literal)
    # The float of 2^53 + 1 is 2^53; only the literal tells them apart.
    if abs(number) >= MAX_INTEGER and abs(Decimal(literal)) > MAX_INTEGER:
        raise NonCanonical(f"number {literal[:30]} is outside ±2^53")
    return number


def _decimal(literal: str) -> Decimal:
    if len(literal) > _MAX_DIGITS or float(literal) in (float("inf"), float("-inf")):
        raise NonCanonical(f"number {literal[:30]}... is too large")
    # Through a float, because that is how the Go server reads every number.
    return Decimal(float(literal))


def _float(number: Decimal) -> FloatLiteral | Decimal:
    return FloatLiteral(_int64(number)) if number == int(number) else number


def _int64(number: Decimal) -> int:
    """Return the integer; Go writes all beyond 64 bits as the smallest one."""
    whole = int(number)
    return whole if abs(whole) < 2**63 else _INT64_OVERFLOW


def _constant(name: str) -> object:
    raise NonCanonical(f"invalid character '{name[0]}' looking for beginning of value")


def _unique_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs) or not _differ_as_utf8(members):
        raise NonCanonical("JSON object has duplicate members")
    return members


def _differ_as_utf8(names: Collection[str]) -> bool:
    if "".join(names).isascii():
        return True
    return len({_LONE_SURROGATE.sub("\ufffd", name) for name in names}) == len(names)


def _decoder(
    number: Callable[[str], Decimal],
    members: Callable[[list[tuple[str, object]]], dict[str, object]] | None,
) -> json.JSONDecoder:
    return json.JSONDecoder(
        parse_int=lambda literal: (
            int(literal) if len(literal) <= _EXACT_DIGITS else _int64(number(literal))
        ),
        parse_float=lambda literal: _float(number(literal)),
        parse_constant=_constant,
        object_pairs_hook=members,
    )


_STRICT = _decoder(_strict_number, _unique_members)
_LENIENT = _decoder(_decimal, None)


def _syntax_error(text: str, error: json.JSONDecodeError) -> NonCanonical:
    if error.msg == "Extra data":
        return TrailingData(
            f"invalid character '{text[error.pos]}' after top-level value"
        )
    return NonCanonical(f"invalid JSON at byte {error.pos}: {error.msg}")
