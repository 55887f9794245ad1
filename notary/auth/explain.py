"""Every check of one token in words, for the operator who asks why it is refused.

The same checks, in the same order, decide about requests; here none ends the list.
"""

from collections.abc import Iterator, Sequence

from notary.auth.access import Access
from notary.auth.authenticator import TokenAuthenticator, error_of
from notary.auth.challenge import scope, shown
from notary.auth.checks import CHECKS, Finding

ACCEPTED = "The token is accepted."
"""The last line of what there is to say about a good token."""

_VERDICTS = {True: "passed", False: "FAILED", None: "-"}


def explain(
    authenticator: TokenAuthenticator,
    token: str,
    gun: str | None,
    actions: Sequence[str],
) -> Iterator[str]:
    """Yield the lines of the explanation, which never hold the token itself.

    Without a GUN the question is about the catalog: ``/v2/`` and the global changefeed.
    """
    needed = _needed(gun, actions)
    case = authenticator.case(token.strip(), needed)
    findings = [check.apply(case) for check in CHECKS]
    yield f"access asked for: {shown(scope(needed))}"
    for finding in findings:
        yield _line(finding)
    yield _summary(findings)


def _needed(gun: str | None, actions: Sequence[str]) -> tuple[Access, ...]:
    if gun is None:
        return (Access("registry", "catalog", "*"),)
    return tuple(Access("repository", gun, action) for action in actions)


def _line(finding: Finding) -> str:
    start = f"{finding.check:<10} {_VERDICTS[finding.passed]:<6}"
    if finding.passed is None:
        return f"{start} {finding.given}"
    return f"{start} expected {finding.expected}; given {finding.given}"


def _summary(findings: Sequence[Finding]) -> str:
    failed = next((item.check for item in findings if not item.passed), None)
    if failed is None:
        return ACCEPTED
    said = error_of(failed)
    return f'The token is refused: {failed}. The client is told error="{said}".'
