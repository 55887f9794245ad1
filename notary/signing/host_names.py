"""Which hosts a signer's certificate is for, as TLS sees it; none raises anything."""

from cryptography import x509
from service_identity.cryptography import (
    verify_certificate_hostname,
    verify_certificate_ip_address,
)
from twisted.internet.abstract import isIPAddress, isIPv6Address

from notary.signing.link import one_line


def is_address(host: str) -> bool:
    """Tell whether the host is given as an IP address and not as a name."""
    return isIPAddress(host) or isIPv6Address(host)


def is_for(certificate: x509.Certificate, host: str) -> bool:
    """Tell whether a client that calls this host may believe the certificate."""
    verify = (
        verify_certificate_ip_address
        if is_address(host)
        else verify_certificate_hostname
    )
    try:
        verify(certificate, host)
    except Exception:  # It documents two of them, but the certificate is the peer's.
        return False
    return True


def named(certificate: x509.Certificate) -> list[str]:
    """Return the host names and addresses in it; a common name does not count."""
    try:
        extensions = certificate.extensions
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, TypeError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return []
    dns = [one_line(name) for name in names.get_values_for_type(x509.DNSName)]
    return dns + [str(ip) for ip in names.get_values_for_type(x509.IPAddress)]
