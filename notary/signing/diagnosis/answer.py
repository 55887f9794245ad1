"""What answered the greeting of a handshake: HTTP/2, a signer's API, or neither."""

import io
import json
import socket
from http.client import HTTPException, HTTPResponse
from typing import cast

from attrs import frozen

from notary.signing.diagnosis.handshake import H2, Handshake
from notary.signing.https_answers import Answer, refusal
from notary.signing.link import MAX_ANSWER_BYTES, one_line
from notary.signing.service import SigningRefused

_SETTINGS_FRAME = 4


@frozen
class _Received:
    """As much of a socket as reading an answer takes: all of its bytes are here."""

    received: bytes

    def makefile(self, _mode: str) -> io.BytesIO:
        """Return a file of what was received."""
        return io.BytesIO(self.received)


def is_http2(seen: Handshake) -> bool:
    """Tell whether HTTP/2 was agreed on and spoken."""
    return seen.alpn == H2 and seen.answer[3:4] == bytes([_SETTINGS_FRAME])


def http_answer(seen: Handshake) -> Answer | None:
    """Return the answer if it is HTTP/1, whole or not."""
    response = HTTPResponse(cast(socket.socket, _Received(seen.answer)))
    try:
        response.begin()
        return Answer(response.status, response.read(MAX_ANSWER_BYTES))
    except (HTTPException, ValueError, OSError):
        return None


def refused(answer: Answer) -> str | None:
    """Return why the API of a signer refuses us, ``None`` if it does not."""
    error = None if answer.status == 200 else refusal(answer, "the signer", None)
    return str(error) if isinstance(error, SigningRefused) else None


def is_of_signer(answer: Answer) -> bool:
    """Tell whether the answer is one of a signer's API, good or bad."""
    known = "status" if answer.status == 200 else "error"
    return known in _members(answer)


def algorithms(answer: Answer) -> list[str]:
    """Return the algorithms of the keys that the signer makes, if it tells."""
    known = _members(answer).get("algorithms")
    if not isinstance(known, list):
        return []
    return [one_line(each, 40) for each in known if isinstance(each, str)]


def _members(answer: Answer) -> dict[str, object]:
    try:
        members = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}
