# mypy: allow-untyped-calls
# ruff: noqa: N802 -- the names are those of Twisted
"""The web site that the server listens with: limits, requests and routes together."""

from collections.abc import Sequence
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
from notary.web.errors import TooLarge
from notary.web.handlers import Edge
from notary.web.request import APIRequest
from notary.web.routes import ROUTES, WITHOUT_METRICS, health_routes, metrics_routes
from notary.web.status import Door, Status

MAX_STATUS_BODY = 1024

CONVENTIONS = Conventions(
    too_large=lambda said: errors.answer_to(TooLarge(said)),
    path_too_long=answers.error(
        414, "TOO_LARGE", "The URL of your request is longer than this server accepts."
    ),
    failed=errors.answer_to(Exception()),
    redirects=True,
)


def make_site(
    service: Service,
    settings: Settings,
    reactor: IReactorTime,
    status: Status,
    authenticator: Authenticator | None = None,
) -> Site:
    """Return the factory of all connections to the API.

    Without an ``authenticator`` everybody may do everything.
    """
    edge = Edge(
        service=service,
        limits=settings.limits,
        current=caching.current(settings.caching.current_metadata),
        consistent=caching.consistent(settings.caching.consistent_metadata),
        gun_prefixes=settings.repositories.gun_prefixes,
        status=status,
        authenticator=authenticator,
    )
    routes = WITHOUT_METRICS if settings.server.ops_addr else ROUTES
    resource = make_app(edge, routes).resource()
    trusted = settings.server.trusted_proxies
    return APISite(resource, settings.limits, reactor, CONVENTIONS, trusted)


def make_status_site(
    program: str, status: Status, limits: LimitsSettings, reactor: IReactorTime
) -> Site:
    """Return what tells everybody about the program, ``server`` or ``signer``."""
    routes = (*health_routes(program), *metrics_routes(program))
    resource = make_app(Door(status=status), routes).resource()
    limits = evolve(limits, body_bytes=min(limits.body_bytes, MAX_STATUS_BODY))
    return APISite(resource, limits, reactor, CONVENTIONS)


class APISite(Site):
    """A site without sessions, access log file, temporary files and HTTP/2."""

    protocol: Any = LimitedChannel

    def __init__(
        self,
        resource: IResource,
        limits: LimitsSettings,
        reactor: IReactorTime,
        conventions: Conventions,
        trusted_proxies: Sequence[Network] = (),
    ) -> None:
        self.trusted_proxies = trusted_proxies
        self.limits = limits
        self.conventions = conventions
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
