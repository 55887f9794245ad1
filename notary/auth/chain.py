"""Chains of certificates in tokens: verified to the root certificates of an issuer.

Any name and any purpose will do, and certificates of version 1 as leaf or root, all as
in the Go server: what counts is who issued what. ``cryptography``'s own verifier wants
version 3 throughout, which ``openssl x509 -req`` does not write by default.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import TypeVar

from attrs import field, frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtensionOID

from notary.auth.jwk import PublicKeyType, UnusableKey
from notary.auth.keyset import certificate_key
from notary.tuf import fields
from notary.tuf.errors import InvalidMetadata

_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
# What these say is looked at here, or does not restrict whom tokens may come from.
_UNDERSTOOD = (
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    ExtensionOID.SUBJECT_KEY_IDENTIFIER,
    ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
    ExtensionOID.CERTIFICATE_POLICIES,
)

_E = TypeVar("_E", bound=x509.ExtensionType)
_Path = tuple[x509.Certificate, ...]


class UntrustedChain(ValueError):
    """The certificates do not lead to a root; the message says why."""


@frozen
class Leaf:
    """The key of a chain that was verified, and when the chain's time runs out."""

    key: PublicKeyType = field(repr=False)
    until: datetime


def verify(
    encoded: Sequence[str], roots: Sequence[x509.Certificate], now: datetime
) -> Leaf:
    """Return the leaf of an ``x5c``, the first certificate; others may be its issuers.

    Raise ``UntrustedChain``.
    """
    if not roots:
        raise UntrustedChain("the issuer has no root certificates")
    certificates = [_certificate(text) for text in encoded]
    try:
        leaf, *_ = [certificate_key(certificate) for certificate in certificates]
        path = _to_root(certificates, roots, now)
    except (UntrustedChain, UnusableKey) as error:
        raise UntrustedChain(str(error)) from None
    except Exception:
        raise UntrustedChain("the certificates cannot be read") from None
    return Leaf(leaf, min(item.not_valid_after_utc for item in path))


def _certificate(text: str) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(fields.octets(text) or b"")
    except InvalidMetadata:
        raise UntrustedChain("a certificate is not standard base64") from None
    except Exception:
        raise UntrustedChain("a certificate is not DER") from None


def _to_root(
    certificates: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    now: datetime,
) -> _Path:
    leaf = certificates[0]
    _require_usable(leaf, now)
    if leaf in roots:
        return (leaf,)
    problems: list[str] = []
    for path in chain.from_iterable(_paths((root,), certificates) for root in roots):
        try:
            _require_authorities(path, roots, now)
        except UntrustedChain as error:
            problems.append(str(error))
        else:
            return path
    raise UntrustedChain("; ".join(problems[:4]) or "no root is among its issuers")


def _paths(path: _Path, certificates: Sequence[x509.Certificate]) -> Iterator[_Path]:
    """Yield each way down to the leaf that goes on from ``path``, a root first.

    From there, and not from the leaf: so only keys that lead back to a root verify
    anything, and what a stranger sends of his own costs one look for each root.
    """
    for issued in certificates:
        if issued in path or not _is_issued_by(issued, path[-1]):
            continue
        if issued == certificates[0]:
            yield (*path, issued)
        else:
            yield from _paths((*path, issued), certificates)


def _require_authorities(
    path: _Path, roots: Sequence[x509.Certificate], now: datetime
) -> None:
    """Raise ``UntrustedChain`` unless all above the leaf may issue what they did."""
    for authorities_below, issuer in enumerate(reversed(path[:-1])):
        _require_usable(issuer, now)
        _require_authority(issuer, authorities_below, is_root=issuer in roots)


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        digest = certificate.signature_hash_algorithm
        if digest is not None and not isinstance(digest, _HASHES):
            return False
        certificate.verify_directly_issued_by(issuer)
    except Exception:
        # Another name, another kind of key, a signature that is none: not issued by it.
        return False
    return True


def _require_usable(certificate: x509.Certificate, now: datetime) -> None:
    name = certificate.subject.rfc4514_string()
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not first <= now <= last:
        raise UntrustedChain(f"{name} is valid from {first} to {last} only")
    for extension in certificate.extensions:
        if extension.critical and extension.oid not in _UNDERSTOOD:
            raise UntrustedChain(
                f"{name} has the critical extension {extension.oid.dotted_string}"
            )


def _require_authority(
    certificate: x509.Certificate, authorities_below: int, *, is_root: bool
) -> None:
    name = certificate.subject.rfc4514_string()
    if certificate.version is x509.Version.v1 and is_root:
        return
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        raise UntrustedChain(f"{name} is no authority")
    longest = constraints.path_length
    if longest is not None and authorities_below > longest:
        raise UntrustedChain(f"{name} allows {longest} authorities below it")
    usage = _extension(certificate, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        raise UntrustedChain(f"the key of {name} is not for signing certificates")
    if _extension(certificate, x509.NameConstraints) is not None:
        raise UntrustedChain(f"{name} constrains names, which is not supported")


def _extension(certificate: x509.Certificate, kind: type[_E]) -> _E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
