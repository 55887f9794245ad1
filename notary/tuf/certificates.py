"""X.509 certificates as keys: the only form in which a root key is trusted.

Chains are not built and issuers are not looked at; a certificate binds a root
key to a GUN by its common name and to a span of time by its dates.
"""

import re
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notary.tuf.errors import InvalidMetadata

MIN_RSA_BITS = 2048
MAX_RSA_EXPONENT = 2**63 - 1
"""Go reads no larger one."""

_CLOCK_SKEW = timedelta(days=1)
_MAX_BUNDLE = 16
_UNREADABLE = (
    ValueError,
    TypeError,  # a name that holds bits where text should be
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
_BEGIN = re.compile(rb"-----BEGIN ([^\r\n]*?)-----")


@lru_cache(maxsize=1024)
def parse_bundle(pem: bytes) -> tuple[x509.Certificate, ...]:
    """Return the certificates, at least one; raise ``InvalidMetadata`` otherwise."""
    kinds = _BEGIN.findall(pem)
    if not kinds or len(kinds) > _MAX_BUNDLE or set(kinds) != {b"CERTIFICATE"}:
        raise InvalidMetadata("not a bundle of PEM certificates")
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except _UNREADABLE:
        raise InvalidMetadata("a certificate cannot be parsed") from None


def public_der(certificate: x509.Certificate) -> bytes:
    """Return the certificate's key as PKIX DER."""
    try:
        key = certificate.public_key()
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except _UNREADABLE:
        raise InvalidMetadata("a certificate's key cannot be parsed") from None


def encode_bundle(certificates: list[x509.Certificate]) -> bytes:
    """Return the one PEM text that Go's encoder makes of these certificates."""
    return b"".join(item.public_bytes(Encoding.PEM) for item in certificates)


def is_ca(certificate: x509.Certificate) -> bool:
    """Tell whether the basic constraints say CA; without them it is a leaf."""
    try:
        extensions = certificate.extensions
        return extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
    except _UNREADABLE:
        raise InvalidMetadata("a certificate's extensions cannot be parsed") from None


def check_strength(certificate: x509.Certificate) -> None:
    """Refuse what no key may be: SHA-1, RSA below 2048 bits, an inverted life span."""
    try:
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        algorithm = certificate.signature_hash_algorithm
        key = certificate.public_key()
    except _UNREADABLE:
        raise InvalidMetadata("a certificate cannot be parsed") from None
    if begins > ends:
        raise InvalidMetadata("certificate validity window is invalid")
    if isinstance(key, rsa.RSAPublicKey) and not has_readable_exponent(key):
        raise InvalidMetadata("a certificate cannot be parsed")
    name = common_name(certificate)
    if isinstance(algorithm, SHA1):
        raise InvalidMetadata(
            f"certificate with CN {name} uses invalid SHA1 signature algorithm"
        )
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < MIN_RSA_BITS:
        raise InvalidMetadata("RSA bit length is too short")


def has_readable_exponent(key: rsa.RSAPublicKey) -> bool:
    """Tell whether Go can read the key: the exponent has to fit into 63 bits."""
    return key.public_numbers().e <= MAX_RSA_EXPONENT


def is_in_force(certificate: x509.Certificate, now: datetime) -> bool:
    """Tell whether the certificate has not expired and begins within a day."""
    return (
        now <= certificate.not_valid_after_utc
        and certificate.not_valid_before_utc <= now + _CLOCK_SKEW
    )


def names_gun(certificate: x509.Certificate, gun: str) -> bool:
    """Tell whether the common name is the GUN, or a prefix of it ending in ``*``."""
    name = common_name(certificate)
    return name == gun or (name.endswith("*") and gun.startswith(name.rstrip("*")))


def common_name(certificate: x509.Certificate) -> str:
    """Return the last common name of the subject, or the empty string."""
    try:
        names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    except (ValueError, TypeError):
        return ""
    return str(names[-1].value) if names else ""
