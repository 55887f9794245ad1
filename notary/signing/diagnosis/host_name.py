"""Whether the signer's certificate is for the name that the settings give it."""

from notary.signing.diagnosis import certificates as words
from notary.signing.diagnosis.outcome import (
    CERTIFICATE,
    Found,
    Outcome,
    failed,
    need,
    ok,
    warning,
)
from notary.signing.host_names import is_address, is_for, named


def name(found: Found) -> Outcome:
    """Compare the settings' host name with those of the signer's certificate."""
    leaf = need(found.handshake, CERTIFICATE).chain[0]
    host = found.trust.hostname
    names, common = named(leaf), words.common_name(leaf)
    if is_for(leaf, host):
        found.is_named = True
        return ok(f"the certificate is for {words.listed(names)}")
    advice = (
        f"issue a certificate for the signer with subjectAltName {_alternative(host)}"
    )
    if names:
        return failed(
            f"trust_service.hostname is {host}, but the certificate is for"
            f" {words.listed(names)}",
            f"set trust_service.hostname to a name in the certificate, or {advice}",
        )
    facts = (
        f"the certificate has only the common name {common}, and no subjectAltName;"
        " common names do not count as host names"
    )
    if found.trust.protocol == "grpc" and common == host:
        found.is_named = True
        facts += "; of all clients, only gRPC's still accepts it"
        return warning(facts, advice)
    return failed(f"{facts}: it is refused", advice)


def _alternative(host: str) -> str:
    return f"{'IP' if is_address(host) else 'DNS'}:{host}"
