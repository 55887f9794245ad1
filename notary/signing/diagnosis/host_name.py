"""Whether the signer's certificate is for the name that the settings give it."""

from cryptography import x509
from service_identity import VerificationError
from service_identity.cryptography import (
    verify_certificate_hostname,
    verify_certificate_ip_address,
)
from twisted.internet.abstract import isIPAddress, isIPv6Address

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


def name(found: Found) -> Outcome:
    """Compare the settings' host name with those of the signer's certificate."""
    leaf = need(found.handshake, CERTIFICATE).chain[0]
    host = found.trust.hostname
    names, common = words.hosts(leaf), words.common_name(leaf)
    if _is_for(leaf, host):
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


def _is_for(leaf: x509.Certificate, host: str) -> bool:
    verify = (
        verify_certificate_ip_address
        if isIPAddress(host) or isIPv6Address(host)
        else verify_certificate_hostname
    )
    try:
        verify(leaf, host)
    except VerificationError:
        return False
    except Exception:  # It documents no others, but the certificate is the peer's.
        return False
    return True


def _alternative(host: str) -> str:
    is_address = isIPAddress(host) or isIPv6Address(host)
    return f"{'IP' if is_address else 'DNS'}:{host}"
