"""Finds out, step by step, why a server cannot use its signer, and what to do.

Every step has a deadline, and none makes a key. The calls and certificates are those
of the settings, so that what is well here is well for the server.
"""

from collections.abc import Callable, Sequence

from attrs import frozen

from notary.settings.model import TrustServiceSettings
from notary.signing.diagnosis import chain, client, host_name, network, protocol
from notary.signing.diagnosis.outcome import (
    ADDRESS,
    ALGORITHM,
    CERTIFICATE,
    CLIENT,
    CONNECTION,
    FAILED,
    HEALTH,
    NAME,
    OK,
    PROTOCOL,
    SETTINGS,
    SKIPPED,
    Found,
    Missing,
    Outcome,
)
from notary.signing.link import one_line
from notary.signing.remote_signer import RemoteSigner
from notary.signing.service import UnknownKey

Report = Callable[[str], None]

# No key has this id: asking for it tells whether the signer finds keys at all.
_NO_KEY = "0" * 64


@frozen
class _Step:
    name: str
    judge: Callable[[Found], Outcome]


_STEPS = (
    _Step(SETTINGS, client.settings),
    _Step(ADDRESS, network.address),
    _Step(CONNECTION, network.connection),
    _Step(CERTIFICATE, chain.certificate),
    _Step(NAME, host_name.name),
    _Step(CLIENT, client.certificate),
    _Step(PROTOCOL, protocol.protocol),
    _Step(HEALTH, protocol.health),
    _Step(ALGORITHM, protocol.algorithm),
)


def diagnose(
    trust: TrustServiceSettings, call: Callable[[], object], report: Report
) -> bool:
    """Take every step, blocking, report lines, and return whether all are well.

    ``call`` does what ``call_signer`` does, and blocks.
    """
    report(
        f"The signer of trust_service: {one_line(trust.hostname)} port"
        f" {one_line(trust.port)}, protocol {trust.protocol},"
        f" {trust.deadline_seconds} s for each step"
    )
    found = Found(trust, call)
    outcomes = []
    for step in _STEPS:
        try:
            outcome = step.judge(found)
        except Missing as missing:
            outcome = Outcome(SKIPPED, f"needs {missing}")
        outcomes.append(outcome)
        _report(step, outcome, report)
    report(_summary(outcomes))
    return all(outcome.status == OK for outcome in outcomes)


async def call_signer(remote: RemoteSigner) -> None:
    """Have the signer look for a key that does not exist, and then close it.

    Raise ``SigningUnavailable`` or ``SigningRefused`` if that fails.
    """
    try:
        await remote.check()
        await remote.get_key(_NO_KEY)
    except UnknownKey:
        return
    finally:
        await remote.close()


def _report(step: _Step, outcome: Outcome, report: Report) -> None:
    if outcome.status == SKIPPED:
        report(f"{outcome.status:8} {step.name} ({outcome.facts})")
        return
    report(f"{outcome.status:8} {step.name}: {outcome.facts}")
    if outcome.advice:
        report(f"{'':8}   what to do: {outcome.advice}")


def _summary(outcomes: Sequence[Outcome]) -> str:
    statuses = [outcome.status for outcome in outcomes]
    if all(status == OK for status in statuses):
        return "All is well: the server can use this signer."
    counts = {status: statuses.count(status) for status in dict.fromkeys(statuses)}
    said = ", ".join(f"{count} {status}" for status, count in counts.items())
    first = "Begin with the first that FAILED." if FAILED in statuses else ""
    return f"{said}. {first}".rstrip()
