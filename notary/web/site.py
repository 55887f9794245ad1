# mypy: allow-untyped-calls
# ruff: noqa: N802 -- the names are those of Twisted
"""The web site that the server listens with: limits, requests and routes together."""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any, BinaryIO

from attrs import evolve
from twisted.internet.interfaces import IReactorTime
from twisted.web.http import Request
from twisted.web.resource import IResource
from twisted.web.server import Site

from notary.auth.access import Authenticator
from notary.server.service import Service
from notary.settings.model import LimitsSettings, Network, Settings
from notary.web import answers, caching, errors
from notary.web.app import make_app
from notary.web.channel import LimitedChannel
from notary.web.conventions import Conventions
from notary.web.early import Early
from notary.web.errors import TooLarge
from notary.web.handlers import Edge
from notary.web.quick_channel import QuickChannel
from notary.web.quick_request import Quick
from notary.web.quick_routes import QuickRoutes
from notary.web.rates import rates
from notary.web.refusals import (
    ANSWERS_BYTES,
    BODIES_BYTES,
    CHANGES,
    Full,
    Refusals,
    Room,
)
from notary.web.request import APIRequest
from notary.web.request_log import PUBLISHED, RequestLog
from notary.web.routes import ROUTES, WITHOUT_METRICS, health_routes, metrics_routes
from notary.web.status import Door, Status

MAX_STATUS_BODY = 1024
MAX_STATUS_CONNECTIONS = 100

CONVENTIONS = Conventions(
    too_large=lambda said: errors.answer_to(TooLarge(said)),
    path_too_long=answers.error(
        414, "TOO_LARGE", "The URL of your request is longer than this server accepts."
    ),
    full=errors.answer_to(Full()),
    failed=errors.answer_to(Exception()),
    redirects=True,
)


def make_site(
    service: Service,
    settings: Settings,
    reactor: IReactorTime,
    status: Status,
    authenticator: Authenticator | None = None,
) -> "QuickAPISite":
    """Return the factory of all connections to the API.

    Without an ``authenticator`` everybody may do everything.
    """
    edge = _edge(service, settings, reactor, status, authenticator)
    routes = WITHOUT_METRICS if settings.server.ops_addr else ROUTES
    app = make_app(edge, routes)
    site = QuickAPISite(
        app.resource(),
        settings.limits,
        reactor,
        CONVENTIONS,
        trusted_proxies=settings.server.trusted_proxies,
        refusals=status.refusals,
    )
    site.quick = Quick(edge, QuickRoutes(routes), settings.limits.head_bytes)
    site.wants_body = Early(edge, routes, app.url_map).wants_body
    return site


def _edge(
    service: Service,
    settings: Settings,
    reactor: IReactorTime,
    status: Status,
    authenticator: Authenticator | None,
) -> Edge:
    return Edge(
        service=service,
        limits=settings.limits,
        current=caching.current(settings.caching.current_metadata),
        consistent=caching.consistent(settings.caching.consistent_metadata),
        gun_prefixes=settings.repositories.gun_prefixes,
        status=status,
        authenticator=authenticator,
        rates=rates(
            settings.rates.gun_per_minute,
            settings.rates.subject_per_minute,
            reactor.seconds,
        ),
        changes=Room(CHANGES, settings.limits.changes, status.refusals),
    )


def make_status_site(
    program: str, status: Status, limits: LimitsSettings, reactor: IReactorTime
) -> Site:
    """Return what tells everybody about the program, ``server`` or ``signer``."""
    routes = (*health_routes(program), *metrics_routes(program))
    resource = make_app(Door(status=status), routes).resource()
    limits = evolve(
        limits,
        body_bytes=min(limits.body_bytes, MAX_STATUS_BODY),
        connections=min(limits.connections, MAX_STATUS_CONNECTIONS),
    )
    return APISite(resource, limits, reactor, CONVENTIONS, refusals=status.refusals)


def _always(_request: object, _path: str) -> bool:
    return True


class APISite(Site):
    """A site without sessions, access log file, temporary files and HTTP/2."""

    protocol: Any = LimitedChannel

    def __init__(
        self,
        resource: IResource,
        limits: LimitsSettings,
        reactor: IReactorTime,
        conventions: Conventions,
        *,
        trusted_proxies: Sequence[Network] = (),
        refusals: Refusals | None = None,
    ) -> None:
        self.trusted_proxies = trusted_proxies
        self.limits = limits
        self.conventions = conventions
        self.request_log: RequestLog = PUBLISHED
        self.refusals = refusals or Refusals()
        self.answers = Room(ANSWERS_BYTES, limits.answers_bytes, self.refusals)
        self.bodies = Room(BODIES_BYTES, limits.bodies_bytes, self.refusals)
        self.wants_body: Callable[[Any, str], bool] = _always
        self.in_flight: set[Any] = set()
        self.is_ending = False
        super().__init__(
            resource,
            APIRequest,
            timeout=limits.idle_seconds,
            reactor=reactor,
            parsePOSTFormSubmission=False,
        )

    def getContentFile(self, length: int | None) -> BinaryIO:  # noqa: ARG002
        """Return where a body is kept until it is complete: in memory, as it is small.

        Twisted would write larger ones to disk, which blocks.
        """
        return BytesIO()

    def log(self, request: Request) -> None:
        """Log a finished request."""
        if isinstance(request, APIRequest):
            request.completed()

    def acceptableProtocols(self) -> list[bytes]:
        """Offer HTTP/1.1 only: the limits are those of its channel."""
        return [b"http/1.1"]


class QuickAPISite(APISite):
    """A site with a short path, which is to be given to it."""

    protocol: Any = QuickChannel
    quick: Quick
