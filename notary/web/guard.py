"""The door of the API: nobody gets an answer that is not meant for them.

Who may do what is decided by an ``Authenticator``; what a request needs, by its route.
"""

from notary.auth.access import Authenticator
from notary.web.asked import Asked
from notary.web.routes import OPEN, Scope

_MAX_SUBJECT = 128


def require(authenticator: Authenticator | None, request: Asked, scope: Scope) -> None:
    """Note who asks, or raise ``Unauthorized``; without authenticator let all in."""
    if authenticator is None or scope is OPEN:
        return
    subject = authenticator.authenticate(
        _header(request, b"Authorization"),
        scope.needed(request.gun or ""),
        _header(request, b"Host") or "",
    )
    request.subject = subject[:_MAX_SUBJECT]


def _header(request: Asked, name: bytes) -> str | None:
    values = request.requestHeaders.getRawHeaders(name)
    return values[0].decode("latin-1") if values else None
