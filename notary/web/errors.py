"""Which error becomes which answer: one table, from class to code and status.

What is not in the table is our fault: the client learns nothing but that it failed.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache

from attrs import evolve, frozen

from notary.auth.access import Unauthorized
from notary.server.online_keys import KeysMissing
from notary.server.service import MetadataNotFound
from notary.signing.service import SigningRefused, SigningUnavailable
from notary.storage.store import StorageError, VersionExists
from notary.tuf.errors import (
    Expired,
    InvalidMetadata,
    InvalidRole,
    InvalidUpdate,
    MalformedJSON,
)
from notary.web import answers
from notary.web.answers import Answer
from notary.web.rates import TooManyRequests
from notary.web.refusals import Full

FALLBACK_METHODS = ("DELETE", "GET", "HEAD", "POST", "PUT")


class NoSuchRoute(Exception):
    """No route has this path and method, or the message says why none has."""

    def __init__(self, why: str = "no route has this path and method") -> None:
        super().__init__(why)


class MethodNotSupported(Exception):
    """A method that the API does not know; ``allowed`` are those it does know."""

    def __init__(self, allowed: Sequence[str] = FALLBACK_METHODS) -> None:
        super().__init__("method not supported")
        self.allowed = allowed


class VersionTooLarge(Exception):
    """The version number of a URL has more than 64 bits."""


class InvalidGUN(Exception):
    """Nothing can be stored under this GUN; the message says why."""


class InvalidParameters(Exception):
    """A query parameter cannot be read; ``detail`` is what the client gets to see."""

    def __init__(self, detail: object) -> None:
        super().__init__("invalid parameters")
        self.detail = detail


class MalformedUpload(Exception):
    """The body of an upload is no multipart document; the message says why."""


class NoFilename(Exception):
    """A part of an upload does not say which role it is."""


class TooLarge(Exception):
    """A request exceeds one of the limits; the message says which."""


def _nothing(_error: BaseException) -> object:
    return None


def _empty(_error: BaseException) -> object:
    return {}


def _version(error: BaseException) -> object:
    return {"Func": "Atoi", "Num": str(error), "Err": {}}


def _role(error: BaseException) -> object:
    return error.role if isinstance(error, InvalidRole) else None


def _parameters(error: BaseException) -> object:
    return error.detail if isinstance(error, InvalidParameters) else None


def _needed(error: BaseException) -> object:
    if not isinstance(error, Unauthorized):
        return None
    return [access.as_json() for access in error.needed]


def _expired(error: BaseException) -> object:
    if not isinstance(error, Expired):
        return None
    return {"Role": error.role, "Expired": error.expires}


def _update(error: BaseException) -> object:
    if not isinstance(error, InvalidUpdate) or not error.name:
        return None
    said = {"Msg": error.message}
    if error.missing:
        said = {"Missing": error.missing, **said}
    return {"Name": error.name, "Error": said}


def _untold(error: BaseException) -> object:
    if isinstance(error, MalformedJSON):
        return f"{error.role}: {error}"
    if not isinstance(error, InvalidUpdate):
        return None
    if not error.name:
        return f"what is stored cannot be read: {error.message}"
    return error.because


@frozen
class _Rule:
    status: int
    code: str
    message: str
    detail: Callable[[BaseException], object] = _nothing
    for_the_log: Callable[[BaseException], object] = _nothing
    """What the client need not know, but the log must say."""


_NOT_FOUND = "You have requested metadata that does not exist."
_UNKNOWN_ERROR = "unknown error"
_UNKNOWN = _Rule(500, "UNKNOWN", _UNKNOWN_ERROR)
_AWAY = _Rule(
    503, "UNAVAILABLE", "The service is temporarily unavailable.", _nothing, str
)
_UNSUPPORTED = _Rule(405, "UNSUPPORTED", "The operation is unsupported.")

_TABLE: dict[type, _Rule] = {
    NoSuchRoute: _Rule(404, "METADATA_NOT_FOUND", _NOT_FOUND, _nothing, str),
    MetadataNotFound: _Rule(404, "METADATA_NOT_FOUND", _NOT_FOUND, _empty),
    VersionTooLarge: _Rule(404, "METADATA_NOT_FOUND", _NOT_FOUND, _version),
    MethodNotSupported: _UNSUPPORTED,
    Unauthorized: _Rule(401, "UNAUTHORIZED", "authentication required", _needed, str),
    InvalidGUN: _Rule(
        400,
        "INVALID_GUN",
        "The server does not support actions on images of this name.",
        str,
    ),
    InvalidParameters: _Rule(
        400,
        "INVALID_PARAMETERS",
        "The parameters provided are not valid.",
        _parameters,
    ),
    MalformedUpload: _Rule(
        400, "MALFORMED_UPLOAD", "The body of your request is malformed.", _nothing, str
    ),
    NoFilename: _Rule(400, "NO_FILENAME", "No file/role name provided.", _nothing, str),
    InvalidRole: _Rule(
        400,
        "INVALID_ROLE",
        "The role you are attempting to operate on is invalid.",
        _role,
    ),
    MalformedJSON: _Rule(
        400,
        "MALFORMED_JSON",
        "JSON sent by the client could not be parsed by the server",
        for_the_log=_untold,
    ),
    InvalidUpdate: _Rule(
        400,
        "INVALID_UPDATE",
        "Update sent by the client is invalid.",
        _update,
        _untold,
    ),
    VersionExists: _Rule(
        400, "VERSION", "A newer version of metadata is already available.", _empty
    ),
    TooLarge: _Rule(
        413, "TOO_LARGE", "The request is larger than this server accepts.", str
    ),
    TooManyRequests: _Rule(429, "TOOMANYREQUESTS", "too many requests", str),
    # What is stored cannot be used: our fault, but not a bug.
    Expired: _Rule(500, "UNKNOWN", _UNKNOWN_ERROR, _expired),
    InvalidMetadata: _Rule(500, "UNKNOWN", _UNKNOWN_ERROR, _empty),
    KeysMissing: _Rule(500, "UNKNOWN", _UNKNOWN_ERROR, _empty),
    StorageError: _AWAY,
    Full: _AWAY,
    SigningUnavailable: _AWAY,
    # Names that no key can have are refused before: what is left is between us two.
    SigningRefused: _AWAY,
}


def is_expected(error: BaseException) -> bool:
    """Tell whether the table knows this error; all others are bugs."""
    return _rule(error) is not _UNKNOWN


def answer_to(error: BaseException) -> Answer:
    """Return what the client gets to see of an error."""
    rule = _rule(error)
    if rule is _TABLE[MetadataNotFound]:
        return _no_metadata()
    headers: answers.Headers = ()
    if rule.status == 503:
        headers = answers.RETRY_LATER
    if isinstance(error, TooManyRequests):
        headers = ((b"Retry-After", b"%d" % math.ceil(error.seconds)),)
    if isinstance(error, MethodNotSupported):
        headers = ((b"Allow", ", ".join(error.allowed).encode()),)
    if isinstance(error, Unauthorized):
        headers = ((b"Www-Authenticate", error.challenge.encode()),)
    answer = answers.error(
        rule.status, rule.code, rule.message, rule.detail(error), headers
    )
    if isinstance(error, Full):
        return evolve(answer, problem="")  # It is logged once in a while.
    more = rule.for_the_log(error)
    said = answer.problem.removesuffix(".")
    return evolve(answer, problem=f"{said}. {more}") if more else answer


@cache
def _no_metadata() -> Answer:
    """Return the answer that is by far the most frequent one to an error."""
    rule = _TABLE[MetadataNotFound]
    return answers.error(rule.status, rule.code, rule.message, {})


def code_of(error: BaseException) -> str:
    """Return the code of the error in its answer."""
    return _rule(error).code


def _rule(error: BaseException) -> _Rule:
    return answers.of_kind(_TABLE, error, _UNKNOWN)
