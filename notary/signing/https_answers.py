"""What the answers of a signer's HTTPS API say: keys, signatures, refusals.

Nothing here is asked for a second time or believed: forms are checked, contents are
left to ``RemoteSigner``.
"""

import base64
import json
from collections.abc import Mapping

from attrs import field, frozen

from notary.signing.link import one_line
from notary.signing.service import SigningRefused, SigningUnavailable, UnknownKey
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import Signature

_REFUSALS = (
    "UNSUPPORTED_ALGORITHM",
    "INVALID_REQUEST",
    "CLIENT_CERTIFICATE",
    "TOO_LARGE",
)


@frozen
class Answer:
    """An HTTP status and the body with it."""

    status: int
    body: bytes = field(repr=False)


class Malformed(Exception):
    """The answer is none of the signer's API."""


def key(answer: Answer) -> PublicKey:
    """Return the key that was answered or raise ``Malformed``."""
    members = _members(answer)
    return PublicKey(_text(members, "algorithm"), _bytes(members, "public"))


def signature(answer: Answer) -> Signature:
    """Return the signature that was answered or raise ``Malformed``."""
    members = _members(answer)
    return Signature(
        _text(members, "key_id"),
        _text(members, "method"),
        _bytes(members, "signature"),
    )


def is_well(answer: Answer) -> bool:
    """Tell whether the signer says that it is well, or raise ``Malformed``."""
    return _text(_members(answer), "status") == "ok"


def refusal(answer: Answer, name: str, key_id: str | None) -> Exception:
    """Return the error for an answer that is no success, about a key or ``None``."""
    try:
        error = _members(answer).get("error")
        if not isinstance(error, dict):
            raise Malformed
        code, message = _text(error, "code"), _text(error, "message")
    except Malformed:
        return SigningUnavailable(
            f"{name} answers {answer.status} and no error of a signer's API;"
            " is that its HTTPS port?"
        )
    if code == "UNKNOWN_KEY" and answer.status == 404 and key_id is not None:
        return UnknownKey(key_id)
    if code in _REFUSALS and 400 <= answer.status < 500:
        return SigningRefused(f"{name} refuses: {one_line(message)}")
    text = one_line(f"{answer.status} {code[:40]}: {message}")
    return SigningUnavailable(f"{name} answers {text}")


def _members(answer: Answer) -> Mapping[str, object]:
    try:
        members = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise Malformed from None
    if not isinstance(members, dict):
        raise Malformed
    return members


def _text(members: Mapping[str, object], name: str) -> str:
    text = members.get(name)
    if not isinstance(text, str):
        raise Malformed
    return text


def _bytes(members: Mapping[str, object], name: str) -> bytes:
    try:
        return base64.b64decode(_text(members, name), validate=True)
    except ValueError:
        raise Malformed from None
