"""Whether two answers mean the same to a client."""

import re

from tests.compat.server import Reply
from tests.recorded import Exchange

COMPARED_HEADERS = ("content-type", "cache-control", "pragma", "location")

_VARYING = (
    (re.compile(r"[0-9a-f]{64,128}"), "HEX"),
    (re.compile(r"sha(256|512) checksum"), "shaX checksum"),
    (re.compile(r"\w{3} \w{3} +\d+ [\d:]+ UTC \d{4}"), "DATE"),
    (re.compile(r'"(ID|CreatedAt)":"[^"]*"'), r'"\1":X'),
)


def difference(exchange: Exchange, reply: Reply) -> str:
    """Say in what the answer differs from the recorded one; empty if in nothing.

    Bodies are compared where they are errors or changefeeds: keys and signatures
    are the server's own. Checksums, dates and changefeed ids are masked.
    """
    if reply.status != exchange.status:
        return f"status {reply.status} instead of {exchange.status}"
    for name in COMPARED_HEADERS:
        found, expected = reply.headers.get(name), exchange.headers.get(name)
        if found != expected:
            return f"{name} {found!r} instead of {expected!r}"
    if exchange.body.startswith((b'{"errors"', b'{"count"')) and masked(
        reply.body
    ) != masked(exchange.body):
        return f"body {reply.body[:300]!r} instead of {exchange.body[:300]!r}"
    return ""


def masked(body: bytes) -> str:
    """Return the text with everything replaced that varies from run to run."""
    text = body.decode("utf-8", "replace")
    for pattern, mask in _VARYING:
        text = pattern.sub(mask, text)
    return text
