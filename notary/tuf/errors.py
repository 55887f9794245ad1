"""Everything the core raises: one class for each way to refuse metadata.

Their messages reach the user of the ``notary`` client, so they are the Go server's
own wherever that has one.
"""

from attrs import field, frozen


class TUFError(Exception):
    """Base of every error of the core."""


class InvalidMetadata(TUFError):
    """Metadata breaks a rule; the message says which.

    ``because`` is for the log only: what the Go server's message does not tell.
    """

    def __init__(self, message: str = "", *, because: str = "") -> None:
        super().__init__(message)
        self.because = because


class NonCanonical(InvalidMetadata):
    """Bytes that are no JSON document with one canonical form."""


class TrailingData(NonCanonical):
    """Bytes follow the JSON value."""


class InvalidSignatures(InvalidMetadata):
    """Too few valid signatures, or a key under a wrong id."""


class Expired(InvalidMetadata):
    """Metadata is past its expiry date, which is kept in the form of the message."""

    def __init__(self, role: str, expires: str) -> None:
        super().__init__(f"{role} expired at {expires}")
        self.role = role
        self.expires = expires


class InvalidRole(TUFError):
    """An upload names a role that does not exist."""

    def __init__(self, role: str) -> None:
        super().__init__(f"invalid role {role!r}")
        self.role = role


class MalformedJSON(TUFError):
    """The uploaded file of a role is not signed metadata at all."""

    def __init__(self, role: str, why: str) -> None:
        super().__init__(why)
        self.role = role


@frozen
class InvalidUpdate(TUFError):
    """An upload is refused as a whole.

    ``name`` is the class of error that the client knows (``ErrBadRoot`` ...),
    ``missing`` the role that ``ErrBadHierarchy`` is about. An empty name
    means that what is stored cannot be read, which is told without detail.
    ``because`` is for the log only.
    """

    name: str
    message: str
    missing: str = ""
    because: str = field(default="", eq=False)

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"
