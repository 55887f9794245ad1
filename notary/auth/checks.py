"""What a token has to pass, one named check after the other, in the order that counts.

Whoever authenticates stops at the first that fails; whoever explains goes through all.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from attrs import define, field, frozen

from notary.auth import jwk, signing_key, token
from notary.auth.access import Access
from notary.auth.challenge import scope, shown
from notary.auth.keyset import Issuer, KeySet
from notary.auth.signing_key import SigningKey, Untrusted
from notary.auth.token import Claims, Malformed, Token

LEEWAY_SECONDS = 60
"""How far the clocks of issuer and server may differ."""

_T = TypeVar("_T")
_MAX_TIME = 253_402_300_799  # the end of the year 9999


class _NotChecked(Exception):
    """An earlier check failed that this one builds on; the message says which."""


@frozen
class Rules:
    """Whose tokens are accepted here: issuers by name, and the name of the service."""

    service: str
    issuers: Mapping[str, Issuer]


@define
class Case:
    """One token in question, and what the checks have found out about it so far."""

    text: str = field(repr=False)
    rules: Rules
    needed: tuple[Access, ...]
    now: datetime
    token: Token | None = None
    claims: Claims | None = None
    keys: KeySet | None = None
    key: SigningKey | None = None

    def read(self) -> Token:
        """Return the token, once it is read."""
        return _known(self.token, "the token cannot be read")

    def claimed(self) -> Claims:
        """Return what the token says, once it is read."""
        return _known(self.claims, "the token cannot be read")


@frozen
class Finding:
    """The outcome of a check: passed, failed, or ``None`` if it could not be made.

    ``expected`` and ``given`` are fit for the log: short, quoted, and no secret.
    """

    check: str
    passed: bool | None
    expected: str
    given: str


_Outcome = tuple[bool, str, str]


@frozen
class Check:
    """One rule; its name is also the reason in the metric."""

    name: str
    rule: Callable[[Case], _Outcome]

    def apply(self, case: Case) -> Finding:
        """Make the check, and note in the case what later ones need."""
        try:
            return Finding(self.name, *self.rule(case))
        except _NotChecked as error:
            return Finding(self.name, None, "", f"not checked: {error}")


def _size(case: Case) -> _Outcome:
    fits = len(case.text) <= token.MAX_BYTES
    return fits, f"at most {token.MAX_BYTES} characters", f"{len(case.text)}"


def _form(case: Case) -> _Outcome:
    expected = "three parts of base64url, the first two JSON objects"
    if len(case.text) > token.MAX_BYTES:
        raise _NotChecked("the token is too long")
    try:
        case.token = token.parse(case.text)
    except Malformed as error:
        return False, expected, shown(str(error))
    case.claims = case.token.claims
    return True, expected, "just that"


def _issuer(case: Case) -> _Outcome:
    given = case.claimed().issuer
    issuer = case.rules.issuers.get(given)
    if issuer is not None:
        case.keys = issuer.keys()
    names = " or ".join(map(shown, case.rules.issuers))
    return issuer is not None, f"iss {names}", shown(given)


def _audience(case: Case) -> _Outcome:
    given = case.claimed().audiences
    listed = ", ".join(map(shown, given[:4])) + (", ..." if len(given) > 4 else "")
    expected = f"aud {shown(case.rules.service)}"
    return case.rules.service in given, expected, listed or "an empty list"


def _expiry(case: Case) -> _Outcome:
    expires = case.claimed().expires
    earliest = case.now.timestamp() - LEEWAY_SECONDS
    expected = f"exp not before {_moment(earliest)}"
    return expires >= earliest, expected, _moment(expires)


def _not_before(case: Case) -> _Outcome:
    begins = case.claimed().not_before
    latest = case.now.timestamp() + LEEWAY_SECONDS
    return begins <= latest, f"nbf not after {_moment(latest)}", _moment(begins)


def _signed(case: Case) -> _Outcome:
    size = len(case.read().signature)
    return size > 0, "a signature", f"{size} bytes"


def _key(case: Case) -> _Outcome:
    header = case.read().header
    keys = _known(case.keys, "the issuer is not known")
    expected = f"a key of the issuer, or x5c to a root of it ({len(keys.certificates)})"
    way = signing_key.named_by(header) or "nothing"
    given = f"kid {shown(header.kid)}" if way == "kid" else way
    try:
        case.key = signing_key.find(header, keys, case.now)
    except Untrusted as error:
        return False, expected, f"{given}: {shown(str(error))}"
    return True, expected, f"{given}: key {case.key}"


def _signature(case: Case) -> _Outcome:
    trusted = _known(case.key, "the key is not known")
    fitting = jwk.algorithms(trusted.key)
    valid = signing_key.verifies(case.read(), trusted.key)
    alg = case.read().header.algorithm
    verdict = "valid" if valid else "not valid"
    given = verdict if alg in fitting else "not one of these"
    return valid, f"{' or '.join(fitting)} with key {trusted}", f"{shown(alg)}, {given}"


def _scope(case: Case) -> _Outcome:
    grants = case.claimed().grants
    missing = [item for item in case.needed if not _grants(grants, item)]
    held = sorted(grants, key=lambda item: (item.type, item.name, item.action))
    some = ", ".join(shown(scope([item])) for item in held[:8])
    more = f" and {len(held) - 8} more" if len(held) > 8 else ""
    return not missing, shown(scope(case.needed)), (some or "no access") + more


def _grants(grants: frozenset[Access], needed: Access) -> bool:
    everything = Access(needed.type, needed.name, "*")
    return needed in grants or everything in grants


HEADER = "header"
KEY = Check("key", _key)
SCOPE = Check("scope", _scope)
TIMES = (Check("expiry", _expiry), Check("not_before", _not_before))
CHECKS = (
    Check("size", _size),
    Check("form", _form),
    Check("issuer", _issuer),
    Check("audience", _audience),
    *TIMES,
    Check("signed", _signed),
    KEY,
    Check("signature", _signature),
    SCOPE,
)
REASONS = (HEADER, *(check.name for check in CHECKS))
"""Everything that a request can be refused for."""


def _known(value: _T | None, otherwise: str) -> _T:
    if value is None:
        raise _NotChecked(otherwise)
    return value


def _moment(seconds: float) -> str:
    if not 0 < seconds <= _MAX_TIME:
        return f"{seconds:.0f}"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
