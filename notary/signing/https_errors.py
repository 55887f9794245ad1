"""What a failed HTTPS request means: which of our errors, and in plain words.

Answers that came whole are judged elsewhere.
"""

from collections.abc import Callable, Iterator

from OpenSSL import SSL
from twisted.internet.error import (
    ConnectError,
    ConnectionClosed,
    ConnectionRefusedError,
    DNSLookupError,
    TimeoutError,
)
from twisted.python.failure import Failure
from twisted.web._newclient import RequestNotSent
from twisted.web.client import ResponseFailed

from notary.pem import reasons
from notary.signing.https_tls import Distrusted
from notary.signing.link import ConnectionFailed, NotConnected, one_line
from notary.signing.service import SigningUnavailable

_REFUSES_US = "it refuses our client certificate"


def translated(
    error: Exception, name: str, own: Callable[[], list[str]]
) -> SigningUnavailable:
    """Return our error for a request that failed without having been cancelled.

    ``own`` tells what is wrong with our certificate; it is asked if that matters.
    """
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, Distrusted):
            return SigningUnavailable(f"{name}: {cause}")
        if isinstance(cause, SSL.Error):
            return SigningUnavailable(f"{name}: {_tls_words(cause, own)}")
    for cause in causes:
        if isinstance(cause, (ConnectError, DNSLookupError, RequestNotSent)):
            return NotConnected(f"{name}: {_connect_words(cause)}")
        if isinstance(cause, ConnectionClosed):
            return ConnectionFailed(f"{name}: it closed the connection")
    if isinstance(error, ResponseFailed):
        return SigningUnavailable(f"{name} answers what is not HTTP; is that its port?")
    return SigningUnavailable(f"{name}: {type(causes[-1]).__name__}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and all that it wraps, in Twisted's manner."""
    yield error
    for reason in getattr(error, "reasons", ()):
        if isinstance(reason, Failure) and reason.value is not None:
            yield from _causes(reason.value)


def _connect_words(cause: Exception) -> str:
    if isinstance(cause, ConnectionRefusedError):
        return "connection refused"
    if isinstance(cause, TimeoutError):
        return "it does not accept connections"
    if isinstance(cause, DNSLookupError):
        return "its name cannot be resolved"
    if isinstance(cause, RequestNotSent):
        return "it closed the connection"
    return one_line(str(cause))


def _tls_words(error: SSL.Error, own: Callable[[], list[str]]) -> str:
    text = reasons(error) or "TLS failed"
    if " alert " in text:
        alert = text.rpartition(" alert ")[2]
        return one_line("; ".join([f"{_REFUSES_US} ({alert})", *own()[:1]]), 400)
    if text == "wrong version number":
        return "it does not speak TLS"
    return f"the TLS handshake failed ({one_line(text)})"
