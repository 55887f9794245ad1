"""Authentication by token: the ``Authorization`` header in, who asks or a refusal out.

What a token has to pass is in ``notary.auth.checks``.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from notary.auth import challenge
from notary.auth.access import INSUFFICIENT_SCOPE, INVALID_TOKEN, Access, Unauthorized
from notary.auth.checks import (
    CHECKS,
    HEADER,
    SCOPE,
    TIMES,
    Case,
    Check,
    Finding,
    Rules,
)
from notary.auth.keyset import Issuer
from notary.auth.memory import MAX_LENGTH, Verified, VerifiedTokens

_ERRORS = {HEADER: "", SCOPE.name: INSUFFICIENT_SCOPE}
_NO_TOKEN = Finding(HEADER, False, "Bearer and one token", "something else")


class TokenAuthenticator:
    """Lets those in who bring a token of one of the issuers for this service.

    ``observer`` is told the reason, one of ``checks.REASONS``, of each refusal of
    a header; not of requests without one, as every client begins with such.
    """

    def __init__(
        self,
        *,
        realm: str,
        service: str,
        autoredirect: bool,
        issuers: Sequence[Issuer],
        now: Callable[[], datetime],
        observer: Callable[[str], None],
    ) -> None:
        self._realm = realm
        self._autoredirect = autoredirect
        self._rules = Rules(service, {issuer.name: issuer for issuer in issuers})
        self._now = now
        self._observer = observer
        self._verified = VerifiedTokens()

    def case(self, token: str, needed: Sequence[Access]) -> Case:
        """Return the case of a token, nothing checked yet."""
        return Case(token, self._rules, tuple(needed), self._now())

    def authenticate(
        self, authorization: str | None, needed: Sequence[Access], host: str
    ) -> str:
        """Return the token's subject; raise ``Unauthorized`` at the first failure."""
        if authorization is None:
            raise self._refusal("no Authorization header", "", needed, host)
        case = self.case(bearer_token(authorization), needed)
        failure = self._failure(case) if case.text else _NO_TOKEN
        if failure is not None:
            self._observer(failure.check)
            said = f"{failure.check}: expected {failure.expected}, got {failure.given}"
            raise self._refusal(said, error_of(failure.check), needed, host)
        return case.claimed().subject

    def _failure(self, case: Case) -> Finding | None:
        digest = hashlib.sha256(case.text.encode("utf-8", "replace")).digest()
        if self._recall(digest, case):
            failure = _first_failure((*TIMES, SCOPE), case)
        else:
            failure = _first_failure(CHECKS, case)
        if failure is None or failure.check == SCOPE.name:
            self._remember(digest, case)
        else:
            self._verified.forget(digest)
        return failure

    def _recall(self, digest: bytes, case: Case) -> bool:
        known = self._verified.get(digest)
        if known is None or (known.until is not None and known.until < case.now):
            return False
        if self._rules.issuers[known.claims.issuer].keys() is not known.keys:
            return False
        case.claims = known.claims
        return True

    def _remember(self, digest: bytes, case: Case) -> None:
        if case.claims and case.keys and case.key and len(case.text) <= MAX_LENGTH:
            self._verified.put(digest, Verified(case.claims, case.keys, case.key.until))

    def _refusal(
        self, said: str, error: str, needed: Sequence[Access], host: str
    ) -> Unauthorized:
        realm = self._realm
        if self._autoredirect:
            realm = challenge.redirected_realm(host, realm)
        header = challenge.header(realm, self._rules.service, needed, error)
        return Unauthorized(said, header, needed)


def _first_failure(checks: Sequence[Check], case: Case) -> Finding | None:
    findings = (check.apply(case) for check in checks)
    return next((finding for finding in findings if not finding.passed), None)


def error_of(check: str) -> str:
    """Return the error of RFC 6750 that a client is told when this check fails."""
    return _ERRORS.get(check, INVALID_TOKEN)


def bearer_token(authorization: str) -> str:
    """Return the token of an ``Authorization`` header, empty if it has none."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or " " in token:
        return ""
    return token
