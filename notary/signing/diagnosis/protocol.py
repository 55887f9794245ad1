"""Whether the signer speaks the protocol of the settings, is well, and makes our keys.

Health is asked for as the server does; the rest is read from what answered the
greeting after the handshake.
"""

from notary.signing.diagnosis import answer as answers
from notary.signing.diagnosis import certificates as words
from notary.signing.diagnosis.handshake import HTTP, Handshake, NoHandshake
from notary.signing.diagnosis.network import shake
from notary.signing.diagnosis.outcome import (
    CERTIFICATE,
    CLIENT,
    HEALTH,
    NAME,
    PROTOCOL,
    Found,
    Outcome,
    failed,
    need,
    ok,
)
from notary.signing.https_answers import Answer
from notary.signing.service import SigningRefused, SigningUnavailable
from notary.tuf.keys import ECDSA, ED25519

_ANOTHER = (
    "correct trust_service.hostname and port: another program, or a proxy, is there"
)


def protocol(found: Found) -> Outcome:
    """Judge which protocol was agreed on, and what answers."""
    seen = need(found.handshake, CERTIFICATE)
    need(found.is_accepted, CLIENT)
    outcome = _https(found, seen) if found.trust.protocol == "https" else _grpc(seen)
    found.is_understood = outcome.is_good or None
    return outcome


def health(found: Found) -> Outcome:
    """Make a real call."""
    need(found.is_trusted, CERTIFICATE)
    need(found.is_named, NAME)
    need(found.is_accepted, CLIENT)
    need(found.is_understood, PROTOCOL)
    try:
        found.call()
    except SigningRefused as error:
        return failed(str(error), "do what the signer says; its log may say more")
    except SigningUnavailable as error:
        return failed(
            str(error),
            "look into the log of the signer: mostly its database is away, or its"
            " storage.db_url, or a passphrase (NOTARY_SIGNER_<ALIAS>) is wrong",
        )
    return ok("calls are answered: the signer is well, and looks for keys")


def algorithm(found: Found) -> Outcome:
    """Compare the settings' key algorithm with what signers make."""
    wanted = found.trust.key_algorithm
    made = [ECDSA, ED25519]
    if wanted in made and found.trust.protocol == "https":
        made = need(found.algorithms, HEALTH)
    if wanted not in made:
        return failed(
            f"{wanted} keys are not made by this signer"
            if wanted in (ECDSA, ED25519)
            else f"{wanted} keys are made by no signer",
            f"set trust_service.key_algorithm to {' or '.join(made)}",
        )
    return ok(f"{wanted}; signers make keys of {words.listed(made)}")


def _grpc(seen: Handshake) -> Outcome:
    if answers.is_http2(seen):
        return ok("grpc: h2 was agreed on (ALPN), and HTTP/2 answers")
    if answers.http_answer(seen) is not None:
        return failed(
            "trust_service.protocol is grpc, but HTTP/1.1 answers: this is an HTTPS"
            " port",
            "set trust_service.port to the port in server.grpc_addr of the signer, or"
            " trust_service.protocol to https",
        )
    return failed(f"gRPC does not answer: {_agreed(seen)}", _ANOTHER)


def _https(found: Found, seen: Handshake) -> Outcome:
    answer = answers.http_answer(seen)
    if answers.is_http2(seen):
        # Some speak both.
        answer = _only_http(found)
        if answer is None:
            return failed(
                "trust_service.protocol is https, but only HTTP/2 answers: this is a"
                " gRPC port",
                "set trust_service.port to the port in server.http_addr of the signer,"
                " or trust_service.protocol to grpc (or leave it out)",
            )
    if answer is None:
        return failed(f"HTTPS does not answer: {_agreed(seen)}", _ANOTHER)
    if not answers.is_of_signer(answer):
        return failed(
            f"HTTP answers with {answer.status}, but not the API of a signer", _ANOTHER
        )
    if answer.status == 200:
        found.algorithms = answers.algorithms(answer)
    return ok("https: the HTTP API of a signer answers")


def _only_http(found: Found) -> Answer | None:
    try:
        return answers.http_answer(shake(found, (HTTP,)))
    except (NoHandshake, OSError):
        return None


def _agreed(seen: Handshake) -> str:
    agreed = seen.alpn.decode("ascii", "replace") or "no protocol"
    what = "something else" if seen.answer else "nothing"
    return f"{agreed} was agreed on (ALPN), and then {what} came"
