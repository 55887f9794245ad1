# mypy: allow-untyped-calls
"""Lets in who is at this machine, and no web page that a browser here is showing.

A page can have a name of its own lead to this machine, which ``Host`` gives away, and
it can ask for addresses of others, which browsers give away themselves.
"""

import re
from typing import cast

from twisted.web.http_headers import Headers
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource

from notary.debug.replies import FORBIDDEN
from notary.web.request import APIRequest

_HERE = re.compile(rb"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
_SAME = (b"none", b"same-origin")


class LocalOnly(Resource):
    """Another resource, for requests that were made for it on this machine."""

    isLeaf = True  # noqa: N815 -- Twisted's name

    def __init__(self, resource: IResource) -> None:
        super().__init__()
        self._resource = resource

    def render(self, request: IRequest) -> bytes | int:
        """Have the request answered, or refuse it."""
        if is_local(cast(APIRequest, request).requestHeaders):
            return cast(int, self._resource.render(request))
        return cast(APIRequest, request).deliver(FORBIDDEN)


def is_local(headers: Headers) -> bool:
    """Tell whether a request is for this machine by name, and no other site's."""
    hosts = headers.getRawHeaders(b"Host", [])
    if len(hosts) != 1 or not _HERE.fullmatch(hosts[0]):
        return False
    sites = headers.getRawHeaders(b"Sec-Fetch-Site", [])
    origins = headers.getRawHeaders(b"Origin", [])
    return all(site in _SAME for site in sites) and all(
        origin.lower() == b"http://" + hosts[0].lower() for origin in origins
    )
