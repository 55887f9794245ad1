"""Uploads: from the body of a POST to role files that had their first look.

Parts are read one after the other, and the first error wins, so that a client is
told of the same problem as by the Go server. What the files mean is left
to ``notary.tuf``.
"""

import re
from collections.abc import Iterator

from attrs import field, frozen
from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
)

from notary.settings.model import LimitsSettings
from notary.tuf import names
from notary.tuf.envelope import Upload, parse_upload
from notary.tuf.errors import InvalidRole
from notary.web import mediatype
from notary.web.errors import MalformedUpload, NoFilename, TooLarge

_TYPES = ("multipart/form-data", "multipart/mixed")
_MAX_BOUNDARY = 1024
_MAX_HEADER_BYTES = 4096
_MAX_HEADERS = 16
# An equals sign that starts neither an octet nor a soft line break stands for itself.
_QUOTED_PRINTABLE = re.compile(
    rb"=([0-9A-Fa-f]{2})|=[ \t]*+\r?\n|(?<![ \t])[ \t]++(?=\r?\n|\Z)"
)


@frozen
class Part:
    """One part of a multipart body; ``disposition`` is empty if it has none."""

    disposition: str
    data: bytes = field(repr=False)


def read(content_type: bytes, body: bytes, limits: LimitsSettings) -> dict[str, Upload]:
    """Return the uploaded files by role; the last part of a role wins.

    Raise ``MalformedUpload``, ``TooLarge``, ``NoFilename``, ``InvalidRole`` or
    ``MalformedJSON``, whichever comes first in the body.
    """
    uploads = {}
    for part in parts(body, boundary(content_type), limits):
        role = _role(part.disposition)
        uploads[role] = parse_upload(role, part.data)
    return uploads


def boundary(content_type: bytes) -> bytes:
    """Return the boundary that a multipart content type names."""
    try:
        kind, parameters = mediatype.parse(content_type.decode("latin-1"))
    except mediatype.BadHeader:
        raise MalformedUpload("Content-Type is malformed") from None
    found = parameters.get("boundary", "").encode("latin-1", "replace")
    if kind not in _TYPES or not found or len(found) > _MAX_BOUNDARY or b"\n" in found:
        raise MalformedUpload("Content-Type names no multipart boundary")
    return found


def parts(body: bytes, boundary: bytes, limits: LimitsSettings) -> Iterator[Part]:
    """Yield the parts in order; raise ``MalformedUpload`` or ``TooLarge`` after them.

    A part that the end of the body cuts short is yielded as it is, before the error.
    """
    parser = _parser(boundary, limits)
    segment, chunks = None, []
    try:
        for event in parser.parse(with_crlf(body, boundary, limits.parts)):
            if isinstance(event, bytes):
                chunks.append(event)
                continue
            if event is None:
                yield _part(segment, chunks)
            segment, chunks = event, []
        if segment is not None:
            yield _part(segment, chunks)
        if not parser.closed:
            parser.close()
    except ParserLimitReached as error:
        allowed = f"{limits.parts} parts of {limits.part_bytes} bytes"
        raise TooLarge(f"{error}; allowed are {allowed}") from None
    except MultipartError as error:
        raise MalformedUpload(str(error)) from None


class _Parser(PushMultipartParser):  # type: ignore[misc]
    """Takes parts of any disposition: the field name is not looked at."""

    def _create_segment(self, headerlist: list[tuple[str, str]]) -> MultipartSegment:
        segment = MultipartSegment([])
        segment.headerlist = headerlist
        return segment


def _parser(boundary: bytes, limits: LimitsSettings) -> _Parser:
    return _Parser(
        boundary,
        max_header_size=_MAX_HEADER_BYTES,
        max_header_count=_MAX_HEADERS,
        max_segment_count=limits.parts,
        max_segment_size=limits.part_bytes,
        header_charset="latin-1",
    )


def with_crlf(body: bytes, boundary: bytes, most: int) -> bytes:
    """Give a body with LF line ends the CRLF that the parser wants.

    Only delimiters and part headers change: the contents are signed. What follows
    the first ``most`` parts is left as it is, because nobody reads it.
    """
    dashed = b"--" + boundary
    first = re.search(rb"(?:\A|\n)" + re.escape(dashed) + rb"[ \t]*(\r?\n)", body)
    if first is None or first[1] == b"\r\n":
        return body
    preamble, *pieces = (b"\n" + body).split(b"\n" + dashed, most + 1)
    return (b"\r\n" + dashed).join(
        [preamble[1:].replace(b"\n", b"\r\n"), *map(_headers_with_crlf, pieces)]
    )


def _headers_with_crlf(piece: bytes) -> bytes:
    """Take what follows a delimiter: the rest of its line, headers, and contents."""
    head, blank, content = piece.partition(b"\n\n")
    head = head.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return head + (b"\r\n\r\n" if blank else b"") + content


def _part(segment: MultipartSegment, chunks: list[bytes]) -> Part:
    data = b"".join(chunks)
    encoding = segment.header("Content-Transfer-Encoding", "")
    if encoding.strip().lower() == "quoted-printable":
        data = _QUOTED_PRINTABLE.sub(_octet, data)
    disposition = segment.header("Content-Disposition", "")
    return Part(disposition.encode("latin-1").decode("utf-8", "replace"), data)


def _octet(match: re.Match[bytes]) -> bytes:
    return bytes.fromhex(match[1].decode("ascii")) if match[1] else b""


def _role(disposition: str) -> str:
    try:
        _, parameters = mediatype.parse(disposition)
    except mediatype.BadHeader:
        raise NoFilename("Content-Disposition is missing or malformed") from None
    role = parameters.get("filename", "").removesuffix(".json")
    if not role:
        raise NoFilename("a part has no filename")
    if not names.is_role(role):
        raise InvalidRole(role)
    return role
