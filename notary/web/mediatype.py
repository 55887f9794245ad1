"""Header values with parameters, read as strictly as Go's ``mime`` package does.

``Content-Type`` and ``Content-Disposition`` have this form. A filename comes out
whole: it names a role, and the name of a delegation contains slashes.
"""

import re
from urllib.parse import unquote_to_bytes

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z{}]+"  # noqa: S105 -- a token of RFC 9110
_TYPE = re.compile(rf"{_TOKEN}(?:/{_TOKEN})?")
_PARAMETER = re.compile(
    rf'\s*;\s*(?P<name>{_TOKEN})\s*=\s*(?:(?P<token>{_TOKEN})|"(?P<quoted>(?:\\.|[^"\\\r\n])*)")'
)
_END = re.compile(r"\s*;?\s*")
# A backslash before any other character stands for itself, as in C:\dir.
_QUOTED_PAIR = re.compile(r'\\([()<>@,;:\\"/\[\]?=])')
_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
_CHARSETS = ("us-ascii", "utf-8")
_MAX_PIECES = 16


class BadHeader(ValueError):
    """The header value does not have the form ``type; name=value``."""


def parse(value: str) -> tuple[str, dict[str, str]]:
    """Return the type and the parameters, names in lower case.

    RFC 2231 forms are put together and decoded. Raise ``BadHeader``.
    """
    match = _TYPE.match(value.strip())
    if match is None:
        raise BadHeader("no type")
    return match[0].lower(), _decoded(_parameters(value.strip(), match.end()))


def _parameters(value: str, position: int) -> dict[str, str]:
    found: dict[str, str] = {}
    while (match := _PARAMETER.match(value, position)) is not None:
        name = match["name"].lower()
        if name in found:
            raise BadHeader(f"parameter {name} is given twice")
        found[name] = match["token"] or _QUOTED_PAIR.sub(r"\1", match["quoted"] or "")
        position = match.end()
    if _END.fullmatch(value, position) is None:
        raise BadHeader("malformed parameter")
    return found


def _decoded(found: dict[str, str]) -> dict[str, str]:
    parameters = {name: value for name, value in found.items() if "*" not in name}
    for base in {name.partition("*")[0] for name in found if "*" in name}:
        whole = found.get(f"{base}*")
        value = _extended(whole) if whole is not None else _joined(base, found)
        if value is not None:
            parameters[base] = value
    return parameters


def _joined(base: str, found: dict[str, str]) -> str | None:
    """Put together ``name*0``, ``name*1*``, ...: RFC 2231 continuations."""
    pieces: list[str] = []
    for number in range(_MAX_PIECES):
        plain = found.get(f"{base}*{number}")
        extended = found.get(f"{base}*{number}*")
        if plain is None and extended is not None:
            plain = _extended(extended) if number == 0 else _unescaped(extended)
        if plain is None:
            break
        pieces.append(plain)
    return "".join(pieces) if pieces else None


def _extended(value: str) -> str | None:
    """Decode ``charset'language'text``; ``None`` for charsets nobody needs."""
    pieces = value.split("'", 2)
    if len(pieces) != 3 or pieces[0].lower() not in _CHARSETS:
        return None
    return _unescaped(pieces[2])


def _unescaped(text: str) -> str | None:
    if _BAD_ESCAPE.search(text):
        return None
    return unquote_to_bytes(text).decode("utf-8", "replace")
