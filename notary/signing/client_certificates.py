"""Which client certificates a signer accepts, beyond what TLS has verified already.

The chain, the dates and the signature are left to TLS; here is what a verified
certificate must also be: made for a client, and not for issuing further certificates.
The signer refuses others, and a server that is to use one warns of it.
"""

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

_CLIENT_PURPOSES = {
    ExtendedKeyUsageOID.CLIENT_AUTH,
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
}
ADVICE = "issue one with CA:FALSE and clientAuth, as etc/make-certificates does"


def refusal(certificate: x509.Certificate) -> str | None:
    """Return why a client with this certificate is refused, ``None`` if it is not."""
    why = defect(certificate)
    if why is None:
        return None
    return f"the client certificate of {_subject(certificate)} {why}; {ADVICE}"


def defect(certificate: x509.Certificate) -> str | None:
    """Return why it is not for a client, in words to follow its name, or ``None``."""
    try:
        extensions = [extension.value for extension in certificate.extensions]
    except (ValueError, TypeError, x509.DuplicateExtension):
        return "has extensions that cannot be read"
    if any(map(_may_issue, extensions)):
        return "is a CA certificate, whose holder could issue further clients"
    for value in extensions:
        is_list = isinstance(value, x509.ExtendedKeyUsage)
        if is_list and _CLIENT_PURPOSES.isdisjoint(value):
            return "is not made for clients: its extendedKeyUsage lacks clientAuth"
    return None


def _may_issue(value: x509.ExtensionType) -> bool:
    """Tell whether the extension makes an issuer, also in the eyes of old OpenSSL."""
    if isinstance(value, x509.BasicConstraints):
        return value.ca
    return isinstance(value, x509.KeyUsage) and value.key_cert_sign


def _subject(certificate: x509.Certificate) -> str:
    """Return the subject in at most 80 printable characters."""
    try:
        subject = certificate.subject.rfc4514_string()
    except (ValueError, TypeError):
        subject = ""
    return repr(subject[:80])
