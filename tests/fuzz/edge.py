"""Fuzz targets of the HTTP edge: what is read of a request, piece by piece."""

import re
from contextlib import suppress
from ipaddress import ip_address, ip_network

from twisted.internet.address import IPv4Address

from notary import request_id
from notary.settings.model import LimitsSettings
from notary.tuf.errors import InvalidRole, MalformedJSON
from notary.web import changefeed, mediatype, proxies, shown, target, upload
from notary.web.errors import InvalidParameters, MalformedUpload, NoFilename, TooLarge

LIMITS = LimitsSettings(parts=8, part_bytes=2048)
PEER = IPv4Address("TCP", "10.0.0.1", 12345)
TRUSTED = (ip_network("10.0.0.0/8"), ip_network("::/8"))


def multipart(data: bytes) -> None:
    """A body is read within the limits, or refused by an error of ours.

    The first line is the content type.
    """
    kind, _, body = data.partition(b"\n")
    try:
        found = upload.read(kind, body, LIMITS)
    except (MalformedUpload, NoFilename, TooLarge, InvalidRole, MalformedJSON):
        return
    assert len(found) <= LIMITS.parts
    assert all(len(item.data) <= LIMITS.part_bytes for item in found.values())


def header_with_parameters(data: bytes) -> None:
    """A header is read as text, or refused by an error of ours."""
    with suppress(mediatype.BadHeader):
        _, parameters = mediatype.parse(data.decode("latin-1"))
        assert all(isinstance(value, str) for value in parameters.values())


def request_target(data: bytes) -> None:
    """A target has one clean form, on this host, and it is shown without secrets."""
    target.parameter(data, "records")
    assert len(shown.uri(data)) < 3 * shown.MAX_LENGTH
    shown.referer(data)
    with suppress(target.BadTarget):
        found = target.parse(data)
        found.path.encode()
        location = found.redirect()
        if location is not None:
            assert location.startswith(b"/")
            assert not location.startswith((b"//", b"/\\"))
            assert target.parse(location).redirect() is None


def changefeed_query(data: bytes) -> None:
    """A query selects at most a thousand changes, or is refused by an error of ours."""
    with suppress(InvalidParameters):
        found = changefeed.selection(data)
        assert 0 < found.limit <= changefeed.MAX_RECORDS
        assert None in (found.after, found.before)


def identity(data: bytes) -> None:
    """An id is harmless in a log; the origin is an address or the peer itself."""
    assert re.fullmatch(r"[\w.-]{1,128}", request_id.identify([data]), re.ASCII)
    origin = proxies.origin(PEER, data.split(b"\n"), TRUSTED)
    if origin != shown.peer(PEER):
        ip_address(origin)
