"""What a head asks for, and what all requests of one client have in common.

The first line of a head and the rest are remembered apart: many clients ask for the
same, and one client for much. Neither memory can hold a secret or grow without bounds.
"""

from functools import lru_cache

from attrs import field, frozen

from notary.web import shown
from notary.web.quick_head import (
    MAX_BYTES,
    RequestHeaders,
    recognise_first,
    recognise_rest,
)
from notary.web.quick_routes import QuickRoutes
from notary.web.request_log import Form
from notary.web.routes import Route

MAX_TARGETS = 4096
MAX_TARGET_BYTES = 256
MAX_SENDERS = 1024
MAX_SENDER_BYTES = 512

_PROTOCOL = len(b"HTTP/1.1")

FormKey = tuple[bytes, str, bool, int, str]
"""Method, operation, whether there is a GUN, status and content type."""


@frozen(eq=False)
class Target:
    """What a first line asks for; ``size`` is that of its words."""

    method: bytes
    path: bytes
    route: Route
    variables: dict[str, str]
    uri: str
    """The path as the log has it."""

    is_simple: bool
    """Whether no format of the log quotes anything of the path."""

    size: int


@frozen(eq=False)
class Sender:
    """What the rest of a head says; ``size`` is that of names and values."""

    headers: RequestHeaders
    closes: bool
    size: int
    forms: dict[FormKey, Form | None] = field(factory=dict, init=False)
    """How lines about answers to it are written."""


class Plans:
    """Finds out what a head asks for."""

    def __init__(self, routes: QuickRoutes, head_bytes: int) -> None:
        self._head_bytes = min(head_bytes, MAX_BYTES)
        self._routes = routes
        self._usual_target = lru_cache(MAX_TARGETS)(self._target)
        self._senders: dict[bytes, Sender] = {}

    def find(self, data: bytes) -> tuple[Target, Sender] | None:
        """Return what a head asks for; ``None`` if the short path is not for it."""
        if len(data) > self._head_bytes:
            return None
        first, _, rest = data.partition(b"\r\n")
        sender = self._senders.get(rest) or self._sender(rest)
        if sender is None:
            return None
        is_usual = len(first) <= MAX_TARGET_BYTES
        target = (self._usual_target if is_usual else self._target)(first)
        return None if target is None else (target, sender)

    def _target(self, first: bytes) -> Target | None:
        found = recognise_first(first)
        if found is None:
            return None
        method, path = found
        routed = self._routes.find(path)
        if routed is None:
            return None
        size = len(method) + len(path) + _PROTOCOL
        return Target(method, path, *routed, shown.uri(path), b"~" not in path, size)

    def _sender(self, rest: bytes) -> Sender | None:
        found = recognise_rest(rest)
        if found is None:
            return None
        made = Sender(found.headers, found.closes, found.headers.size)
        if len(rest) <= MAX_SENDER_BYTES and found.headers.are_usual:
            if len(self._senders) >= MAX_SENDERS:
                self._senders.clear()
            self._senders[rest] = made
        return made
