# mypy: allow-untyped-calls
# ruff: noqa: N802, N815 -- the names are those of Twisted
"""Lets in clients whose certificates are made for clients; tells others why not.

TLS has verified the certificate by then. An answer can say what an alert cannot.
"""

from typing import Protocol, cast
from weakref import WeakKeyDictionary

from cryptography import x509
from OpenSSL import crypto
from twisted.logger import Logger
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource

from notary.signer.api_errors import ClientCertificateRefused, answer_to
from notary.signing.client_certificates import refusal
from notary.web.request import APIRequest

_NO_CERTIFICATE = (
    "the signer requires a client certificate, and this connection has none"
)

log = Logger()


class _WithPeer(Protocol):
    def getPeerCertificate(self) -> crypto.X509 | None: ...


class ClientsOnly(Resource):
    """Another resource, for clients with a certificate that makes them clients."""

    isLeaf = True

    def __init__(self, resource: IResource) -> None:
        super().__init__()
        self._resource = resource
        self._known: WeakKeyDictionary[object, str | None] = WeakKeyDictionary()

    def is_client(self, request: APIRequest, _path: str = "") -> bool:
        """Tell whether a request is worth receiving, by who sends it."""
        return self._refusal(request) is None

    def render(self, request: IRequest) -> bytes | int:
        """Have the request answered, or refuse it."""
        request = cast(APIRequest, request)
        why = self._refusal(request)
        if why is None:
            return cast(int, self._resource.render(request))
        log.warn("client refused: {reason}", reason=why, **request.context())
        return request.deliver(answer_to(ClientCertificateRefused(why)))

    def _refusal(self, request: APIRequest) -> str | None:
        """Return why the client is refused; a connection has one client for ever."""
        channel = request.channel
        if channel not in self._known:
            self._known[channel] = _refusal(request)
        return self._known[channel]


def _refusal(request: APIRequest) -> str | None:
    # Not so for plain HTTP, where somebody has forgotten to wrap the site.
    if not request.isSecure():
        return _NO_CERTIFICATE
    certificate = cast(_WithPeer, request.channel.transport).getPeerCertificate()
    if certificate is None:
        return _NO_CERTIFICATE
    try:
        return refusal(certificate.to_cryptography())
    except (ValueError, x509.InvalidVersion):
        return "the client certificate cannot be read"
