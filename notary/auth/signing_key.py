"""Finding the one key that a token must be signed with, and using it.

A token names its key in one of three ways; the first one present counts, and if it
fails no other is tried. Which algorithms fit is decided by the key, not by the token.
"""

from collections.abc import Mapping
from datetime import datetime

import jwt
from attrs import field, frozen

from notary.auth import chain, jwk
from notary.auth.chain import UntrustedChain
from notary.auth.jwk import PublicKeyType, UnusableKey
from notary.auth.keyset import KeySet, libtrust_id, thumbprint
from notary.auth.token import MAX_CERTIFICATES, Header, Token
from notary.tuf import fields
from notary.tuf.errors import InvalidMetadata


class Untrusted(ValueError):
    """No key of the issuer is named; the message says why."""


@frozen
class SigningKey:
    """A trusted key, and until when it is, if it comes from a chain."""

    key: PublicKeyType = field(repr=False)
    until: datetime | None = None

    def __str__(self) -> str:
        """Return what tells it from other keys in a log."""
        return libtrust_id(self.key)


def named_by(header: Header) -> str:
    """Return the member that names the token's key, empty if there is none."""
    if header.x5c:
        return "x5c"
    if header.jwk is not None:
        return "jwk"
    return "kid" if header.kid else ""


def find(header: Header, keys: KeySet, now: datetime) -> SigningKey:
    """Return the key that a token has to be signed with, or raise ``Untrusted``."""
    way = named_by(header)
    try:
        if way == "x5c":
            return _chained(header.x5c, keys, now)
        if way == "jwk":
            return _embedded(header.jwk, keys, now)
    except (UntrustedChain, UnusableKey, InvalidMetadata) as error:
        raise Untrusted(str(error)) from None
    if header.kid not in keys.keys or not way:
        raise Untrusted("no key has this id" if way else "no x5c, jwk or kid")
    return SigningKey(keys.keys[header.kid])


def verifies(token: Token, key: PublicKeyType) -> bool:
    """Tell whether the token is signed with this key, by an algorithm that fits it."""
    if token.header.algorithm not in jwk.algorithms(key):
        return False
    algorithm = jwt.get_algorithm_by_name(token.header.algorithm)
    try:
        return bool(algorithm.verify(token.signed, key, token.signature))
    except Exception:
        # Whatever a library makes of a hostile signature, it is no signature.
        return False


def _chained(x5c: tuple[str, ...], keys: KeySet, now: datetime) -> SigningKey:
    leaf = chain.verify(x5c, keys.certificates, now)
    return SigningKey(leaf.key, leaf.until)


def _embedded(member: object, keys: KeySet, now: datetime) -> SigningKey:
    """Return the key in ``jwk``: one of the issuer's, or that of a chain inside it."""
    key = jwk.public_key(member)
    members = member if isinstance(member, Mapping) else {}
    kid = fields.string(members.get("kid", libtrust_id(key)))
    own = (libtrust_id(key), thumbprint(key))
    if kid not in own and keys.keys.get(kid) != key:
        raise Untrusted("the kid of jwk is not that of its key")
    x5c = tuple(fields.strings(members.get("x5c")))
    if members.get("x5c") is None:
        if not keys.knows(key):
            raise Untrusted("jwk is none of the issuer's keys")
        return SigningKey(key)
    if not 0 < len(x5c) <= MAX_CERTIFICATES:
        raise Untrusted(f"x5c has {len(x5c)} certificates, not 1 to {MAX_CERTIFICATES}")
    found = _chained(x5c, keys, now)
    if found.key != key:
        raise Untrusted("jwk is not the key of its first certificate")
    return found
