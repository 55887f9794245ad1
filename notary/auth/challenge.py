"""The ``WWW-Authenticate`` header, and the quoting of everything that is shown.

Quoting is that of Go's ``%q``: nothing in a quoted text can end the header or the line.
"""

import re
import unicodedata
from collections.abc import Sequence

from notary.auth.access import Access

_SHORT = {
    '"': '\\"',
    "\\": "\\\\",
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
}
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_MAX_SHOWN = 160


def header(realm: str, service: str, needed: Sequence[Access], error: str) -> str:
    """Return the challenge that tells a client which token to fetch."""
    fields = [("realm", realm), ("service", service), ("scope", scope(needed))]
    if error:
        fields.append(("error", error))
    return "Bearer " + ",".join(f"{name}={quoted(value)}" for name, value in fields)


def scope(needed: Sequence[Access]) -> str:
    """Return the scope to ask a token server for; actions in the order given."""
    actions: dict[tuple[str, str], list[str]] = {}
    for access in needed:
        actions.setdefault((access.type, access.name), []).append(access.action)
    return " ".join(f"{t}:{n}:{','.join(listed)}" for (t, n), listed in actions.items())


def redirected_realm(host: str, otherwise: str) -> str:
    """Return where tokens are on the host that was asked, if that is a host at all."""
    return f"https://{host}/auth/token" if _HOST.fullmatch(host) else otherwise


def quoted(text: str) -> str:
    """Return the text as Go's ``%q`` shows it."""
    return f'"{"".join(map(_escaped, text))}"'


def shown(text: str) -> str:
    """Return a text from a stranger for the log: quoted, and not too long."""
    if len(text) <= _MAX_SHOWN:
        return quoted(text)
    return f"{quoted(text[:_MAX_SHOWN])}... ({len(text)} characters)"


def _escaped(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if character == " " or unicodedata.category(character)[0] in "LMNPS":
        return character
    code = ord(character)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
