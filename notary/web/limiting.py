"""What a connection with limits needs to know, and what it answers all by itself."""

from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Any, Protocol

from twisted.web.http import RESPONSES
from twisted.web.resource import IResource

from notary.settings.model import LimitsSettings, Network
from notary.web import answers
from notary.web.answers import Answer
from notary.web.conventions import Conventions
from notary.web.refusals import Refusals, Room
from notary.web.request_log import RequestLog

ABORT_SECONDS = 5
"""How long a client that is hung up on has to take what was written before."""

REASONS = {**RESPONSES, 431: b"Request Header Fields Too Large"}


def _plain(status: int) -> Answer:
    body = b"%d %b" % (status, REASONS[status])
    return Answer(status, body, ((b"Content-Type", answers.TEXT),))


BAD_REQUEST = _plain(400)
REQUEST_TIMEOUT = _plain(408)
HEAD_TOO_LARGE = _plain(431)


class State(Enum):
    """How far a connection is with the request at hand."""

    IDLE = auto()
    RECEIVING = auto()
    ANSWERING = auto()


class LimitingSite(Protocol):
    """What a channel needs to know of the site it belongs to."""

    conventions: Conventions
    limits: LimitsSettings
    resource: IResource
    trusted_proxies: Sequence[Network]
    request_log: RequestLog
    refusals: Refusals
    answers: Room
    bodies: Room
    wants_body: Callable[[Any, str], bool]
    """Told a request with a method and its path: whether a handler is to have it."""

    in_flight: set[Any]
    is_ending: bool
