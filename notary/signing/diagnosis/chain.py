"""Whether the other side is a signer that the settings trust: its certificates."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from cryptography import x509

from notary.settings.model import TrustServiceSettings
from notary.signing.client_tls import ClientTLS
from notary.signing.diagnosis import certificates as words
from notary.signing.diagnosis.handshake import CLOSED, H2, HTTP, Handshake, NoHandshake
from notary.signing.diagnosis.network import shake
from notary.signing.diagnosis.outcome import (
    CONNECTION,
    SETTINGS,
    Found,
    Outcome,
    failed,
    need,
    ok,
    warning,
)

_UNKNOWN = (2, 7, 18, 19, 20, 21, 30)
_NOT_YET, _EXPIRED, _PURPOSE = 9, 10, 26
_RENEW = "issue a new certificate for the signer and restart the signer"
_REPLACE = (
    "replace the authority's certificate, in trust_service.tls_ca_file too, and those"
    " that it has issued"
)


def certificate(found: Found) -> Outcome:
    """Shake hands, and judge the certificates that the peer presents."""
    need(found.peer, CONNECTION)
    need(found.tls, SETTINGS)
    try:
        seen = shake(found, (H2, HTTP))
    except TimeoutError:
        return failed(
            "accepts connections, but says nothing for"
            f" {found.trust.deadline_seconds} s",
            "look whether the signer hangs or is overloaded, and whether it is the"
            " signer at all that has this port; restart it",
        )
    except (NoHandshake, OSError) as error:
        return _no_handshake(error)
    found.handshake = seen
    outcome = _verdict(seen, need(found.tls, SETTINGS), found.trust)
    found.is_trusted = outcome.is_good or None
    return outcome


def _verdict(seen: Handshake, tls: ClientTLS, trust: TrustServiceSettings) -> Outcome:
    leaf = seen.chain[0]
    facts = (
        f"{seen.version}; {words.subject(leaf)}, issued by {words.issuer(leaf)},"
        f" {words.validity(leaf)}{_further(seen.chain)}"
    )
    problems = [*_untrusted(seen, tls, trust), *_invalid(seen)]
    if problems:
        faults = "; ".join(fault for fault, _ in problems)
        return failed(f"{faults}; {facts}", "; ".join(todo for _, todo in problems))
    others = sorted(seen.faults.keys() - {*_UNKNOWN, _NOT_YET, _EXPIRED, _PURPOSE})
    if others:
        facts = f"it is not valid (reason {others[0]} of openssl verify); {facts}"
        # The rules of gRPC's TLS are others: there, the real call decides.
        return (warning if trust.protocol == "grpc" else failed)(facts, _RENEW)
    for each in (*seen.chain, *tls.authorities):
        if words.ends_soon(each, datetime.now(UTC)):
            until = words.moment(each.not_valid_after_utc)
            advice = _RENEW if each == leaf else _REPLACE
            return warning(f"{words.subject(each)} expires on {until}; {facts}", advice)
    return ok(f"{facts}; verified by {_authorities(tls, trust)}")


def _no_handshake(error: Exception) -> Outcome:
    heard = error.heard if isinstance(error, NoHandshake) else b""
    if heard.startswith((b"HTTP/", b"<")):
        return failed(
            "answers in plain HTTP, without TLS",
            "correct trust_service.hostname and port: signers speak TLS only, and"
            " this is another program",
        )
    if heard and heard[0] not in (21, 22):  # TLS' alert and handshake
        return failed(
            "answers, but does not speak TLS",
            "correct trust_service.hostname and port: this is not a signer",
        )
    reason = str(error) if isinstance(error, NoHandshake) else CLOSED
    if reason == CLOSED:
        return failed(
            "closes the connection instead of presenting a certificate",
            "look into the log of the signer, and whether it is the signer that has"
            " this port",
        )
    return failed(
        f"TLS is not possible: {reason}",
        "correct trust_service.hostname and port if this is not a signer; it must"
        " speak TLS 1.2 or 1.3 with an ECDHE and AES-GCM suite",
    )


def _untrusted(
    seen: Handshake, tls: ClientTLS, trust: TrustServiceSettings
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the authority, and what to do."""
    top = seen.chain[-1]
    if any(number in seen.faults for number in _UNKNOWN):
        yield (
            f"issued by {words.issuer(top)}, which is not in {_authorities(tls, trust)}"
            f"{_namesake(top, tls)}",
            "put the certificate of the authority that issued the signer's into the"
            " file of trust_service.tls_ca_file; if it is an intermediate one, append"
            " it to server.tls_cert_file of the signer instead",
        )


def _invalid(seen: Handshake) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the dates and purposes, each with what to do."""
    leaf, faults = seen.chain[0], seen.faults
    if _EXPIRED in faults:
        which = faults[_EXPIRED]
        until = words.moment(which.not_valid_after_utc)
        advice = _RENEW if which == leaf else _REPLACE
        yield f"{words.subject(which)} has expired on {until}", advice
    if _NOT_YET in faults:
        which = faults[_NOT_YET]
        since = words.moment(which.not_valid_before_utc)
        here = words.moment(datetime.now(UTC))
        advice = f"correct the clock of this machine (it says {here}), or wait, or"
        yield (
            f"{words.subject(which)} is not valid before {since}",
            f"{advice} {_RENEW}",
        )
    if _PURPOSE in faults:
        facts = "its purposes (extendedKeyUsage) lack serverAuth"
        yield facts, f"{_RENEW}, with serverAuth"


def _authorities(tls: ClientTLS, trust: TrustServiceSettings) -> str:
    if not tls.authorities:
        return "the authorities of this system (trust_service.tls_ca_file is not set)"
    names = words.listed([words.subject(each) for each in tls.authorities])
    return f"trust_service.tls_ca_file {trust.tls_ca_file} ({names})"


def _namesake(top: x509.Certificate, tls: ClientTLS) -> str:
    names = [words.subject(each) for each in tls.authorities]
    if words.issuer(top) not in names:
        return ""
    return ": the one there has the same name, but another key"


def _further(chain: Sequence[x509.Certificate]) -> str:
    rest = [words.subject(each) for each in chain[1:]]
    return f"; followed by {words.listed(rest)}" if rest else ""
