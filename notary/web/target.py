"""Request targets: the path that is routed, and query parameters as Go reads them."""

import posixpath
import re
from urllib.parse import quote, unquote_to_bytes

from attrs import frozen

# What cannot be decoded becomes a control character, which no valid name contains.
UNDECODABLE = "\x1a"

_ABSOLUTE = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_KEPT_IN_PATHS = "/$&+,:;=@"


class BadTarget(ValueError):
    """The request target is not one that a server can be asked for."""


@frozen
class Target:
    """Where a request goes: ``path`` is percent-decoded, ``query`` as it was sent."""

    path: str
    query: bytes

    def redirect(self) -> bytes | None:
        """Return where an unclean path has to be asked for instead, if it is unclean.

        Clean means without ``//``, ``/./`` and ``/../``.
        """
        if not _may_be_unclean(self.path):
            return None
        clean = posixpath.normpath("/" + self.path.lstrip("/"))
        if self.path.endswith("/") and clean != "/":
            clean += "/"
        if clean == self.path:
            return None
        location = quote(clean, safe=_KEPT_IN_PATHS).encode("ascii")
        return location + b"?" + self.query if self.query else location


def parse(uri: bytes) -> Target:
    """Read a request target in origin or absolute form; raise ``BadTarget``."""
    absolute = _ABSOLUTE.match(uri)
    if absolute is not None:
        uri = uri[absolute.end() :]
        uri = uri if uri.startswith(b"/") else b"/" + uri
    path, _, query = uri.partition(b"?")
    if path != b"*" and (not path.startswith(b"/") or _BAD_ESCAPE.search(path)):
        raise BadTarget("not the path of a URL")
    decoded = unquote_to_bytes(path).decode("utf-8", "surrogateescape")
    return Target(_SURROGATES.sub(UNDECODABLE, decoded), query)


_SURROGATES = re.compile("[\ud800-\udfff]")


def parameter(query: bytes, name: str) -> str | None:
    """Return the first value of a query parameter, or ``None`` if it is absent.

    As in Go, pairs with a raw ``;`` or a broken escape do not count. Bytes
    that are no UTF-8 come back as lone surrogates.
    """
    for pair in query.split(b"&"):
        if not pair or b";" in pair or _BAD_ESCAPE.search(pair):
            continue
        key, _, value = pair.partition(b"=")
        if _unescaped(key) == name:
            return _unescaped(value)
    return None


def _unescaped(text: bytes) -> str:
    plain = unquote_to_bytes(text.replace(b"+", b" "))
    return plain.decode("utf-8", "surrogateescape")


def _may_be_unclean(path: str) -> bool:
    return "//" in path or "/." in path
