"""A signed token in compact form, taken apart; nothing in it is believed yet.

Types are checked as the Go server does, ambiguity is refused where it is not: duplicate
members, names that differ by case, numbers with a fraction for times, null entries.
"""

from collections.abc import Mapping

from attrs import field, frozen

from notary.auth import base64url, strict_json
from notary.auth.access import Access
from notary.auth.strict_json import NotStrict
from notary.tuf import fields
from notary.tuf.errors import InvalidMetadata

MAX_BYTES = 32 * 1024
"""Far above what registries issue, and half of what a whole request head may have."""

MAX_AUDIENCES = 32
MAX_GRANTS = 512
MAX_CERTIFICATES = 5
MAX_SECONDS = 2**53

_HEADER = frozenset(("typ", "alg", "kid", "x5c", "jwk", "crit"))
_CLAIMS = frozenset(("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "access"))
_ENTRY = frozenset(("type", "class", "name", "actions"))


class Malformed(ValueError):
    """What was given is no token; the message says why."""


@frozen
class Header:
    """How a token claims to be signed; ``jwk`` is ``None`` if there is none."""

    algorithm: str
    kid: str
    x5c: tuple[str, ...] = field(repr=False)
    jwk: object = field(repr=False)


@frozen
class Claims:
    """What a token says; times are in seconds since 1970, 0 if missing."""

    issuer: str
    subject: str
    audiences: tuple[str, ...]
    expires: int
    not_before: int
    grants: frozenset[Access]


@frozen
class Token:
    """One token; ``signed`` is what the signature is about."""

    header: Header
    claims: Claims
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def parse(text: str) -> Token:
    """Take a token apart, or raise ``Malformed``."""
    parts = text.split(".")
    if len(parts) != 3:
        raise Malformed(f"{len(parts)} parts instead of 3")
    octets = [_octets(part) for part in parts]
    try:
        header = _header(strict_json.decode(octets[0]))
        claims = _claims(strict_json.decode(octets[1]))
    except (NotStrict, InvalidMetadata) as error:
        raise Malformed(str(error)[:200]) from None
    signed = f"{parts[0]}.{parts[1]}".encode("ascii")
    return Token(header, claims, signed, octets[2])


def _octets(part: str) -> bytes:
    octets = base64url.decode(part)
    if octets is None:
        raise Malformed("a part is not base64url")
    return octets


def _header(value: object) -> Header:
    members = fields.struct(value, "token.Header", _HEADER)
    fields.string(members.get("typ"))
    if "crit" in members:
        raise Malformed("crit names extensions, and none are supported")
    x5c = fields.strings(members.get("x5c"))
    if len(x5c) > MAX_CERTIFICATES:
        raise Malformed(f"x5c has more than {MAX_CERTIFICATES} certificates")
    return Header(
        fields.string(members.get("alg")),
        fields.string(members.get("kid")),
        tuple(x5c),
        members.get("jwk"),
    )


def _claims(value: object) -> Claims:
    members = fields.struct(value, "token.ClaimSet", _CLAIMS)
    fields.string(members.get("jti"))
    _seconds(members.get("iat"))
    return Claims(
        fields.string(members.get("iss")),
        fields.string(members.get("sub")).encode("utf-8", "replace").decode(),
        _audiences(members.get("aud")),
        _seconds(members.get("exp")),
        _seconds(members.get("nbf")),
        _grants(members.get("access")),
    )


def _seconds(value: object) -> int:
    seconds = fields.integer(value, "int64")
    if abs(seconds) > MAX_SECONDS:
        raise Malformed("a time is outside ±2^53")
    return seconds


def _audiences(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return (fields.string(value),)
    if len(value) > MAX_AUDIENCES:
        raise Malformed(f"aud has more than {MAX_AUDIENCES} entries")
    return tuple(fields.strings(value))


def _grants(value: object) -> frozenset[Access]:
    grants: set[Access] = set()
    for entry in fields.array(value, "[]*token.ResourceActions"):
        if entry is None:
            raise Malformed("access has a null entry")
        grants.update(_entry(fields.struct(entry, "token.ResourceActions", _ENTRY)))
        if len(grants) > MAX_GRANTS:
            raise Malformed(f"access has more than {MAX_GRANTS} actions")
    return frozenset(grants)


def _entry(members: Mapping[str, object]) -> list[Access]:
    fields.string(members.get("class"))
    kind, name = (fields.string(members.get(key)) for key in ("type", "name"))
    return [Access(kind, name, act) for act in fields.strings(members.get("actions"))]
