"""The debug server as a site: from a request to the page that it asks for."""

from collections.abc import Callable, Coroutine
from typing import Any, cast

from klein import Klein
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from werkzeug.exceptions import HTTPException

from notary.debug.pages import ALSO_POSTED, ROUTES, Page, Pages
from notary.debug.parameters import BadParameter
from notary.debug.recorder import Busy
from notary.debug.replies import CONVENTIONS, FAILED, NOT_FOUND, problem
from notary.debug.visitors import LocalOnly
from notary.settings.model import LimitsSettings
from notary.web.request import APIRequest
from notary.web.site import APISite

LIMITS = LimitsSettings(head_bytes=16384, body_bytes=65536)

_log = Logger()


def make_debug_site(pages: Pages, reactor: Any) -> APISite:  # noqa: ANN401
    """Return the factory of all connections to the debug server."""
    app = Klein()
    app.url_map.redirect_defaults = False
    for path, page in ROUTES.items():
        methods = ["GET", "POST"] if path in ALSO_POSTED else ["GET"]
        app.route(path, methods=methods, endpoint=path)(_endpoint(pages, page))
    app.handle_errors(Exception)(_refuse)
    return APISite(LocalOnly(app.resource()), LIMITS, reactor, CONVENTIONS)


def _endpoint(pages: Pages, page: Page) -> Callable[..., Coroutine[Any, Any, bytes]]:
    # Klein cancels this when the client goes away, which ends a profile.
    async def respond(request: APIRequest) -> bytes:
        return request.deliver(await page(pages, request.args))

    return respond


def _refuse(request: IRequest, failure: Failure) -> bytes:
    request, error = cast(APIRequest, request), failure.value
    if isinstance(error, HTTPException):
        return request.deliver(NOT_FOUND)
    if isinstance(error, BadParameter):
        return request.deliver(problem(400, str(error)))
    if isinstance(error, Busy):
        return request.deliver(problem(503, str(error)))
    _log.failure("unexpected error", failure, **request.context())
    return request.deliver(FAILED)
