"""Root trust: whose signature makes a root the root of a repository.

Trust on first use: a first root vouches for itself; every later one must also be
signed by the certificates of the one before it.
"""

from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from notary.tuf import certificates, moment, names
from notary.tuf.envelope import Envelope
from notary.tuf.errors import InvalidMetadata
from notary.tuf.keys import ECDSA_X509, RSA_X509, X509_TYPES, PublicKey
from notary.tuf.metadata import Root, check_expiry
from notary.tuf.signatures import RoleKeys

Bundle = list[x509.Certificate]

_SHOWN_KEYS = 5
_NO_PATH = "could not validate the path to a trusted root: "
_NO_ROTATION = "could not rotate trust to a new trusted root: "


def check_root(
    root: Root, envelope: Envelope, previous: Root | None, gun: str, now: datetime
) -> None:
    """Accept a root that its own certificates and the previous ones have signed.

    Raise ``InvalidMetadata`` naming the first rule that is broken.
    """
    leafs = _valid_leafs(root, gun, now)
    if not leafs:
        raise InvalidMetadata(
            _NO_PATH + "unable to retrieve valid leaf certificates",
            because=_flaws(root, gun, now),
        )
    if previous is not None:
        _check_signed_by(
            envelope,
            _as_role(previous, _valid_leafs(previous, gun, None)),
            _NO_ROTATION + "failed to validate data with current trusted certificates",
        )
    in_force = ([leaf, *_in_force(rest, now)] for leaf, *rest in leafs)
    _check_signed_by(
        envelope,
        _as_role(root, in_force),
        _NO_PATH + "failed to validate integrity of roots",
    )
    check_expiry(names.ROOT, root.expires, moment.of(now))


def _check_signed_by(envelope: Envelope, role: RoleKeys, failure: str) -> None:
    try:
        envelope.verify(role)
    except InvalidMetadata as error:
        why = f"{error}; {error.because}" if error.because else str(error)
        raise InvalidMetadata(failure, because=why) from None


def _valid_leafs(root: Root, gun: str, now: datetime | None) -> list[Bundle]:
    """Return the bundles of all root keys that may speak for the GUN, leaf first.

    Without ``now``, certificates past their dates are as good as others.
    """
    bundles = (_bundle(key) for key in root.roles[names.ROOT].keys.values())
    return [bundle for bundle in bundles if bundle and _speaks_for(bundle[0], gun, now)]


def _speaks_for(leaf: x509.Certificate, gun: str, now: datetime | None) -> bool:
    return (
        certificates.names_gun(leaf, gun)
        and _is_strong(leaf)
        and (now is None or certificates.is_in_force(leaf, now))
    )


def _flaws(root: Root, gun: str, now: datetime) -> str:
    """Return what speaks against the root's keys, of each the first thing."""
    keys = list(root.roles[names.ROOT].keys.values())[:_SHOWN_KEYS]
    said = (f"key {key.key_id[:64]} {_flaw(key, gun, now)}" for key in keys)
    return "; ".join(said)


def _flaw(key: PublicKey, gun: str, now: datetime) -> str:
    bundle = _bundle(key)
    if not bundle:
        return "has no readable certificate, or not the only leaf first"
    leaf = bundle[0]
    if not certificates.names_gun(leaf, gun):
        return f"is for another repository: {certificates.common_name(leaf)[:255]}"
    if not _is_strong(leaf):
        return "is too weak: SHA-1, or RSA below 2048 bits"
    if not certificates.is_in_force(leaf, now):
        begins, ends = leaf.not_valid_before_utc, leaf.not_valid_after_utc
        return f"is valid from {begins:%Y-%m-%d} to {ends:%Y-%m-%d} only"
    return "has no flaw"


def _bundle(key: PublicKey) -> Bundle:
    """Return the certificates of a key whose only leaf comes first, else nothing."""
    if key.keytype not in X509_TYPES:
        return []
    try:
        bundle = certificates.parse_bundle(key.public or b"")
        leafs = [item for item in bundle if not certificates.is_ca(item)]
    except InvalidMetadata:
        return []
    return list(bundle) if leafs == [bundle[0]] else []


def _in_force(authorities: Bundle, now: datetime) -> Bundle:
    return [
        item
        for item in authorities
        if _is_strong(item) and certificates.is_in_force(item, now)
    ]


def _is_strong(certificate: x509.Certificate) -> bool:
    try:
        certificates.check_strength(certificate)
    except InvalidMetadata:
        return False
    return True


def _as_role(root: Root, bundles: Iterable[Bundle]) -> RoleKeys:
    """Return the root role with its keys made anew from their certificates.

    A signature counts only under the id that results, so a key whose PEM text is not
    exactly what Go writes cannot sign.
    """
    keys = [_as_key(bundle) for bundle in bundles]
    threshold = root.roles[names.ROOT].threshold
    return RoleKeys(names.ROOT, {key.key_id: key for key in keys}, threshold)


def _as_key(bundle: Bundle) -> PublicKey:
    is_rsa = isinstance(bundle[0].public_key(), rsa.RSAPublicKey)
    keytype = RSA_X509 if is_rsa else ECDSA_X509
    return PublicKey(keytype, certificates.encode_bundle(bundle))
