"""The variables of the routes, as typed converters for werkzeug."""

from werkzeug.routing import BaseConverter

from notary.web.errors import VersionTooLarge

MAX_VERSION = 2**63 - 1


class GUN(BaseConverter):
    """The name of a repository: anything without ``*``, slashes included."""

    regex = "[^*]+"
    part_isolating = False


class Role(BaseConverter):
    """A role that has metadata; what a delegation may be called is checked later."""

    regex = r"(?:root|targets(?:/[^/\t\n\f\r ]+)*|snapshot|timestamp)"
    part_isolating = False


class OnlineRole(BaseConverter):
    """A role whose key the server can hold."""

    regex = "(?:snapshot|timestamp)"


class Checksum(BaseConverter):
    """A hex digest, lower-case whatever the case in the URL."""

    regex = "(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128})"

    def to_python(self, value: str) -> str:
        """Return the digest as it is stored."""
        return value.lower()


class Version(BaseConverter):
    """A version number in decimal, leading zeros allowed; kept as text."""

    regex = "[0-9]+"


CONVERTERS = {
    "gun": GUN,
    "role": Role,
    "online_role": OnlineRole,
    "checksum": Checksum,
    "version": Version,
}


def version_number(text: str) -> int:
    """Return the version; raise ``VersionTooLarge`` if it does not fit 64 bits."""
    digits = text.lstrip("0") or "0"
    if len(digits) > len(str(MAX_VERSION)) or int(digits) > MAX_VERSION:
        raise VersionTooLarge(text)
    return int(digits)
