"""The seam between the web and authentication: what is needed, and the refusal."""

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen

INVALID_TOKEN = "invalid_token"  # noqa: S105 -- an error code of RFC 6750
INSUFFICIENT_SCOPE = "insufficient_scope"


@frozen
class Access:
    """One action on one resource, such as pull on the repository of a GUN."""

    type: str
    name: str
    action: str

    def as_json(self) -> dict[str, str]:
        """Return the item of an error's detail."""
        return {
            "Type": self.type,
            "Class": "",
            "Name": self.name,
            "Action": self.action,
        }


class Unauthorized(Exception):
    """A request may not be answered.

    ``needed`` and ``challenge``, the value of ``WWW-Authenticate``, are for the client;
    the message says for the log which check failed.
    """

    def __init__(self, message: str, challenge: str, needed: Sequence[Access]) -> None:
        super().__init__(message)
        self.challenge = challenge
        self.needed = tuple(needed)


class Authenticator(Protocol):
    """Decides who may do what."""

    def authenticate(
        self, authorization: str | None, needed: Sequence[Access], host: str
    ) -> str:
        """Return who asks, empty if that has no name, or raise ``Unauthorized``.

        ``authorization`` and ``host`` are headers of the request, as they came.
        """
