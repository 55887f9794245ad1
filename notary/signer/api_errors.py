"""Which error becomes which answer of the HTTPS API: one table.

What is not in the table is our fault: the client learns nothing but that it failed.
"""

import json
from collections.abc import Mapping, Sequence

from attrs import frozen

from notary.signing.service import SigningRefused, SigningUnavailable, UnknownKey
from notary.web import answers
from notary.web.answers import Answer
from notary.web.conventions import Conventions


class InvalidRequest(Exception):
    """The request breaks a rule of the API; the message says which, quoting nothing."""


class TooLarge(Exception):
    """The request exceeds one of the limits; the message says which."""


class NoSuchRoute(Exception):
    """No operation has this path."""


class MethodNotAllowed(Exception):
    """The path has other methods: ``allowed``."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__("the path does not have this method")
        self.allowed = allowed


class ClientCertificateRefused(Exception):
    """The client's certificate does not make it a client; the message says why."""


@frozen
class Rule:
    """What is answered; without a ``message`` it is that of the error itself."""

    status: int
    code: str
    message: str = ""


_INTERNAL = Rule(500, "INTERNAL", "the signer failed; its log says why")

TABLE: Mapping[type, Rule] = {
    UnknownKey: Rule(404, "UNKNOWN_KEY", "the signer has no key with this id"),
    SigningRefused: Rule(
        400, "UNSUPPORTED_ALGORITHM", "keys of this algorithm are not made here"
    ),
    InvalidRequest: Rule(400, "INVALID_REQUEST"),
    ClientCertificateRefused: Rule(403, "CLIENT_CERTIFICATE"),
    SigningUnavailable: Rule(
        503, "UNAVAILABLE", "the signer cannot do this now; its log says why"
    ),
    NoSuchRoute: Rule(404, "NOT_FOUND", "no operation has this path"),
    MethodNotAllowed: Rule(405, "METHOD_NOT_ALLOWED"),
    TooLarge: Rule(413, "TOO_LARGE"),
}


def rule_for(error: BaseException) -> Rule:
    """Return what is answered to the error."""
    return answers.of_kind(TABLE, error, _INTERNAL)


def is_expected(error: BaseException) -> bool:
    """Tell whether the table knows this error; all others are bugs."""
    return rule_for(error) is not _INTERNAL


def answer_to(error: BaseException) -> Answer:
    """Return what the client gets to see of an error."""
    rule = rule_for(error)
    headers: answers.Headers = ()
    if rule.status == 503:
        headers = answers.RETRY_LATER
    if isinstance(error, MethodNotAllowed):
        headers = ((b"Allow", ", ".join(error.allowed).encode("ascii")),)
    message = rule.message or str(error)
    return as_json(
        rule.status, {"error": {"code": rule.code, "message": message}}, headers
    )


def as_json(
    status: int, content: Mapping[str, object], headers: answers.Headers = ()
) -> Answer:
    """Return an answer with this content."""
    body = json.dumps(content).encode("ascii") + b"\n"
    return Answer(status, body, ((b"Content-Type", answers.JSON), *headers))


CONVENTIONS = Conventions(
    too_large=lambda said: answer_to(TooLarge(said)),
    path_too_long=answer_to(InvalidRequest("the path is longer than any key id")),
    full=answer_to(SigningUnavailable()),
    failed=answer_to(Exception()),
    redirects=False,
)
