"""What anybody may ask of a program, server or signer: its health and its metrics.

Nobody else is asked meanwhile: the answer is what is known already.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from attrs import field, frozen
from twisted.web.server import Request

from notary.auth.access import Authenticator
from notary.web import answers
from notary.web.answers import Answer
from notary.web.observing import UNOBSERVED, Observer
from notary.web.rates import UNLIMITED, Rates
from notary.web.refusals import CHANGES, Refusals, Room


class Health(Protocol):
    """What is known of the program; problems are told by the name of what has them."""

    @property
    def failed(self) -> Mapping[str, str]:
        """Why nothing can be served; empty if all is well."""

    @property
    def problems(self) -> Mapping[str, str]:
        """Why not everything is done."""

    @property
    def can_read(self) -> bool:
        """Whether requests for metadata are welcome."""

    @property
    def can_write(self) -> bool:
        """Whether publishes are."""


@frozen
class Status:
    """What is told; ``metrics`` makes the page for Prometheus, in text format 0.0.4.

    ``observer`` is told of each request, ``refusals`` of those over a limit. With
    several processes, ``whole_page`` is the page of all; the other one is of this
    process.
    """

    health: Health
    metrics: Callable[[], bytes]
    observer: Observer = UNOBSERVED
    whole_page: Callable[[], Awaitable[bytes]] | None = None
    refusals: Refusals = field(factory=Refusals)


@frozen(kw_only=True)
class Door:
    """What a route of any table works with; everybody may in without authenticator.

    There are no ``changes`` where nobody says how many.
    """

    status: Status
    authenticator: Authenticator | None = None
    gun_prefixes: tuple[str, ...] = ()
    rates: Rates = UNLIMITED
    changes: Room = field(factory=lambda: Room(CHANGES, 0, Refusals()))


async def health(door: Door, _request: Request) -> Answer:
    """Tell what keeps metadata from being served; a signer that is away does not."""
    failed = door.status.health.failed
    return _json(500 if failed else 200, failed)


async def live(_door: Door, _request: Request) -> Answer:
    """Tell that the process answers, whatever else is away."""
    return _json(200, {})


async def ready(door: Door, _request: Request) -> Answer:
    """Tell what requests are welcome here, and why others are not."""
    known = door.status.health
    content = {
        "read": known.can_read,
        "write": known.can_write,
        "problems": known.problems,
    }
    return _json(200 if known.can_read else 503, content)


async def metrics(door: Door, _request: Request) -> Answer:
    """Return what Prometheus scrapes."""
    known = door.status
    page = await known.whole_page() if known.whole_page else known.metrics()
    return Answer(200, page, ((b"Content-Type", answers.METRICS),))


def _json(status: int, content: Mapping[str, object]) -> Answer:
    body = answers.compact(content).encode("utf-8")
    return Answer(status, body, ((b"Content-Type", answers.JSON),))
