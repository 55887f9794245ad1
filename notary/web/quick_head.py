"""The head of a request that is beyond doubt: what else arrives is parsed by Twisted.

A head is recognised if it is all that has arrived, if it is that of a GET or HEAD
without a body, and if nobody could read it in another way than we do. So no
disagreement with a proxy, and no second request behind the first, is possible here.
It is recognised in two parts, its first line and the rest, which repeat apart.
"""

import re
from collections.abc import Sequence
from typing import overload

from attrs import frozen

MAX_BYTES = 8192
_MAX_PATH = 1024

_FIRST = re.compile(rb"(GET|HEAD) (/[A-Za-z0-9/._:@+~-]*+) HTTP/1\.1")
_REST = re.compile(rb"((?:[A-Za-z0-9_-]++: ?[!-~](?:[ -~]*+)\r\n)++)\r\n")
_LINE = re.compile(rb"([^:]++): ?([^\r]*+)\r\n")
_UNCLEAN = re.compile(rb"//|/\.")
# With these a request has a body, is not answered as usual, or is not for us alone.
_DOUBTFUL = frozenset(
    (
        b"content-length",
        b"transfer-encoding",
        b"te",
        b"trailer",
        b"expect",
        b"upgrade",
        b"http2-settings",
        b"proxy-connection",
        b"keep-alive",
    )
)
_USUAL = frozenset(
    (b"host", b"user-agent", b"accept", b"accept-encoding", b"connection")
)
_KEEP_ALIVE, _CLOSE = b"keep-alive", b"close"


class RequestHeaders:
    """The headers of a request, each of which was sent once."""

    __slots__ = ("_values",)

    def __init__(self, values: dict[bytes, bytes]) -> None:
        self._values = values

    @overload
    def getRawHeaders(self, name: bytes) -> Sequence[bytes] | None: ...

    @overload
    def getRawHeaders(
        self, name: bytes, default: Sequence[bytes]
    ) -> Sequence[bytes]: ...

    def getRawHeaders(  # noqa: N802 -- as Twisted's headers have it
        self, name: bytes, default: Sequence[bytes] | None = None
    ) -> Sequence[bytes] | None:
        """Return the values of a header, of any case, as Twisted does."""
        value = self._values.get(name.lower())
        return default if value is None else [value]

    @property
    def size(self) -> int:
        """The bytes of all names and values."""
        return sum(map(len, self._values)) + sum(map(len, self._values.values()))

    @property
    def are_usual(self) -> bool:
        """Whether the same client would send the same again, and none is a secret."""
        return _USUAL.issuperset(self._values)


@frozen
class Rest:
    """What a head says after its first line.

    ``closes`` is whether the client wants to end the connection with this request.
    """

    headers: RequestHeaders
    closes: bool


def recognise_first(line: bytes) -> tuple[bytes, bytes] | None:
    """Return the method and the path; ``None`` if what they are is not certain."""
    found = _FIRST.fullmatch(line)
    if found is None:
        return None
    method, path = found.groups()
    if len(path) > _MAX_PATH or _UNCLEAN.search(path):
        return None
    return method, path


def recognise_rest(data: bytes) -> Rest | None:
    """Return what follows the first line, the empty line that ends it included.

    ``None`` is for what is not certain. The data must not be longer than ``MAX_BYTES``.
    """
    found = _REST.fullmatch(data)
    if found is None:
        return None
    pairs = _LINE.findall(found[1])
    values = {name.lower(): value.rstrip(b" ") for name, value in pairs}
    if len(values) != len(pairs) or not values.get(b"host"):
        return None
    wanted = values.get(b"connection", _KEEP_ALIVE).lower()
    if wanted not in (_KEEP_ALIVE, _CLOSE) or not _DOUBTFUL.isdisjoint(values):
        return None
    return Rest(RequestHeaders(values), wanted == _CLOSE)
