"""What a failed gRPC call means: which of our errors it is, and in plain words.

The library's texts are meant for its developers; those that operators meet are put
into words here, and the rest is passed on.
"""

from collections.abc import Callable

import grpc
from grpc import StatusCode

from notary.signing.link import ConnectionFailed, NotConnected, one_line
from notary.signing.service import SigningRefused, SigningUnavailable, UnknownKey

_REFUSALS = (
    StatusCode.INVALID_ARGUMENT,
    StatusCode.UNAUTHENTICATED,
    StatusCode.PERMISSION_DENIED,
    StatusCode.UNIMPLEMENTED,
)
# How texts begin when no connection came about, and what they hold when one broke.
_NOT_CONNECTED = ("failed to connect", "errors resolving", "DNS resolution failed")
_BROKEN = (
    *("Socket closed", "Connection reset", "Broken pipe", "GOAWAY", "recvmsg"),
    *("sendmsg", "Stream removed", "RST_STREAM", "Connection timed out", "Unwrap"),
)
_REFUSES_US = "it refuses our client certificate"
_UNKNOWN_AUTHORITY = (
    "its certificate is not from an authority in trust_service.tls_ca_file"
)
_WORDS = {
    "Connection refused": "connection refused",
    "errors resolving": "its name cannot be resolved",
    "DNS resolution failed": "its name cannot be resolved",
    "Hostname Verification Check failed": (
        "its certificate is for other names than trust_service.hostname"
    ),
    "certificate has expired": "its certificate has expired",
    "certificate is not yet valid": "its certificate is not valid yet",
    "unsupported certificate purpose": "its certificate is not for a server",
    "CERTIFICATE_VERIFY_FAILED": _UNKNOWN_AUTHORITY,
    # A certificate that another authority of the same name has issued.
    "BAD_SIGNATURE": _UNKNOWN_AUTHORITY,
    "WRONG_VERSION_NUMBER": "it does not speak TLS",
    "missing selected ALPN": "it does not speak HTTP/2; is that its gRPC port?",
    "Failed parsing HTTP/2": "it does not speak HTTP/2; is that its gRPC port?",
    "Handshake read failed": "it closed the connection in the TLS handshake",
    "ALERT_UNKNOWN_CA": f"{_REFUSES_US}: unknown authority",
    "ALERT_CERTIFICATE_EXPIRED": f"{_REFUSES_US}: expired",
    "ALERT_CERTIFICATE_REQUIRED": f"{_REFUSES_US}: there is none",
    "ALERT_BAD_CERTIFICATE": _REFUSES_US,
    "ALERT_DECRYPT_ERROR": _REFUSES_US,
    "ALERT_UNSUPPORTED_CERTIFICATE": _REFUSES_US,
    "ALERT_HANDSHAKE_FAILURE": f"{_REFUSES_US}, or speaks no TLS 1.2",
    # In TLS 1.3 the verdict comes after our side of the handshake has ended.
    "Unwrap failed": f"{_REFUSES_US}, or is no signer",
    ": Socket closed": f"{_REFUSES_US}, or is no signer",
}


def translated(
    error: grpc.Call, name: str, key_id: str | None, own: Callable[[], list[str]]
) -> Exception:
    """Return our error for a failed call that was about a key or ``None``.

    ``own`` tells what is wrong with our certificate; it is asked if that matters.
    """
    code, details = error.code(), error.details() or ""
    text = one_line(details)
    if code is StatusCode.NOT_FOUND and key_id is not None:
        return UnknownKey(key_id)
    if code in _REFUSALS or (
        code is StatusCode.UNKNOWN and text.endswith("not supported for create key")
    ):
        return SigningRefused(f"{name} refuses: {text}")
    if code is StatusCode.DEADLINE_EXCEEDED:
        return SigningUnavailable(f"{name}: no answer in time")
    if code is StatusCode.UNAVAILABLE:
        return _unavailable(details, name, own)
    return SigningUnavailable(f"{name} answers {code.name}: {text}")


def _unavailable(
    details: str, name: str, own: Callable[[], list[str]]
) -> SigningUnavailable:
    words = _in_words(details)
    if words.startswith(_REFUSES_US):
        words = "; ".join([words, *own()[:1]])
    message = f"{name}: {words}"
    if details.startswith(_NOT_CONNECTED):
        return NotConnected(message)
    if any(part in details for part in _BROKEN):
        return ConnectionFailed(message)
    return SigningUnavailable(message)


def _in_words(details: str) -> str:
    for part, words in _WORDS.items():
        if part in details:
            return words
    return one_line(details)
