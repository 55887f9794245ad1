"""One call of the HTTPS API, read strictly: what is not allowed is refused.

The body is JSON with exactly the members that the operation has, each a string; what a
member means is left to the operation.
"""

import base64
import binascii
import json
import re
from typing import NoReturn

from attrs import define, field

from notary.signer.api_errors import InvalidRequest, TooLarge
from notary.storage.limits import is_storable_name

MAX_PAYLOAD = 4 * 1024 * 1024
MAX_TEXT = 255
# The payload in base64, and room for the rest of the document.
MAX_BODY = (MAX_PAYLOAD + 2) // 3 * 4 + 4096

_KEY_ID = re.compile("[ -~]{1,255}")
_MEDIA_TYPE = re.compile(r'application/json(\s*;\s*charset="?utf-8"?)?', re.IGNORECASE)


@define
class Call:
    """What a request asks for; ``gun``, ``role`` and ``key_id`` are for the log too."""

    content_types: list[bytes]
    query: bytes = field(repr=False)
    body: bytes = field(repr=False)
    gun: str | None = None
    role: str | None = None
    key_id: str | None = None

    def required_key_id(self) -> str:
        """Return the key id of the path; raise ``InvalidRequest`` if it is none."""
        if self.key_id is None or not _KEY_ID.fullmatch(self.key_id):
            self.key_id = None
            raise InvalidRequest(
                f"a key id has 1 to {MAX_TEXT} printable ASCII characters"
            )
        return self.key_id

    def forbid_body(self) -> None:
        """Raise ``InvalidRequest`` if there is a body or a query."""
        self._forbid_query()
        if self.body:
            raise InvalidRequest("this request may not have a body")

    def members(self, *names: str) -> list[str]:
        """Return the members of the body, which has these and no others."""
        self._forbid_query()
        if len(self.content_types) != 1 or not _is_json(self.content_types[0]):
            raise InvalidRequest("the Content-Type is not application/json")
        content = _parse(self.body)
        if not isinstance(content, dict) or content.keys() != set(names):
            raise InvalidRequest(
                f"the body is not a JSON object of exactly {', '.join(names)}"
            )
        return [_text(content[name], name) for name in names]

    def _forbid_query(self) -> None:
        if self.query:
            raise InvalidRequest("there are no query parameters")


def name(value: str, member: str) -> str:
    """Return a GUN or the like if it can be kept; raise ``InvalidRequest``."""
    if not value or not is_storable_name(value):
        raise InvalidRequest(
            f"{member} does not have 1 to {MAX_TEXT} characters that can be stored"
        )
    return value


def limit(value: str, member: str) -> None:
    """Raise ``InvalidRequest`` if the value is too long to be looked at."""
    if len(value) > MAX_TEXT:
        raise InvalidRequest(f"{member} has more than {MAX_TEXT} characters")


def payload(encoded: str) -> bytes:
    """Return the bytes to sign; raise ``InvalidRequest`` or ``TooLarge``."""
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    # Only one way to write the same bytes: the decoder is more generous than that.
    if base64.b64encode(decoded).decode("ascii") != encoded:
        raise InvalidRequest("payload is not standard base64 with padding")
    if len(decoded) > MAX_PAYLOAD:
        raise TooLarge(f"a payload may have {MAX_PAYLOAD} bytes")
    return decoded


def _is_json(content_type: bytes) -> bool:
    return bool(_MEDIA_TYPE.fullmatch(content_type.decode("latin-1").strip()))


def _parse(body: bytes) -> object:
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise InvalidRequest(
            "the body is not JSON in UTF-8, without numbers and duplicate members"
        ) from None


def _text(value: object, member: str) -> str:
    if not isinstance(value, str):
        raise InvalidRequest(f"{member} is not a string")
    return value


def _unique(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a member is given twice")
    return found


def _refuse_number(_literal: str) -> NoReturn:
    raise ValueError("no member is a number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_int=_refuse_number,
    parse_float=_refuse_number,
    parse_constant=_refuse_number,
)
