"""The ``WWW-Authenticate`` header, and how texts from strangers are shown."""

import re
from collections.abc import Sequence

from notary.auth.access import Access
from notary.quoting import quoted

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


def shown(text: str) -> str:
    """Return a text from a stranger for the log: quoted, and not too long."""
    if len(text) <= _MAX_SHOWN:
        return quoted(text)
    return f"{quoted(text[:_MAX_SHOWN])}... ({len(text)} characters)"
