"""What is in certificates, in words for operators; hostile ones raise nothing."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from notary.signing.link import one_line

_MAX_NAMES = 8


def subject(certificate: x509.Certificate) -> str:
    """Return whom the certificate is for."""
    try:
        return written(certificate.subject)
    except (ValueError, TypeError):
        return "an unreadable subject"


def issuer(certificate: x509.Certificate) -> str:
    """Return who issued the certificate."""
    try:
        return written(certificate.issuer)
    except (ValueError, TypeError):
        return "an unreadable issuer"


def written(name: x509.Name) -> str:
    """Return a name as ``CN=...,O=...``, in one short line."""
    return one_line(name.rfc4514_string(), 120) or "an empty name"


def decoded(name: bytes) -> str:
    """Return a name in DER as the others are written."""
    try:
        return written(x509.Name.from_bytes(name))
    except (ValueError, TypeError):
        return "an unreadable name"


def issuer_name(certificate: x509.Certificate) -> bytes:
    """Return the issuer in DER, empty if it cannot be read."""
    try:
        return certificate.issuer.public_bytes()
    except (ValueError, TypeError):
        return b""


def validity(certificate: x509.Certificate) -> str:
    """Return from when until when it is valid."""
    since, until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return f"valid from {moment(since)} to {moment(until)}"


def moment(when: datetime) -> str:
    """Return an aware time in UTC, to the minute."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def ends_soon(certificate: x509.Certificate, now: datetime) -> bool:
    """Tell whether less than a tenth of its life is left, and it is not over."""
    since, until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return now <= until and until - now < (until - since) / 10


def listed(names: list[str]) -> str:
    """Return the names in one line, some of them if there are many."""
    more = len(names) - _MAX_NAMES
    rest = [f"{more} more"] if more > 0 else []
    return ", ".join([*names[:_MAX_NAMES], *rest])


def common_name(certificate: x509.Certificate) -> str | None:
    """Return its common name, by which TLS no longer goes."""
    try:
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except (ValueError, TypeError):
        return None
    return one_line(str(names[-1].value)) if names else None
