"""A folder of certificates: one authority, what it has issued, and all the keys.

Keys are never overwritten, nor is the authority. What kinds of certificates there are,
and who asks for them, is left to ``notary.ops.make_certificates``.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from attrs import field, frozen
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from notary.ops import certificates
from notary.ops.certificates import Authority, Life
from notary.pem import certificates_to_pem, key_to_pem

AUTHORITY = "ca"
AUTHORITY_DAYS = 3650


class Refused(Exception):
    """Nothing more is made; the message says why and what to do."""


@frozen
class Kind:
    """One of the programs' certificates; those for hosts have an ``option``."""

    name: str
    purpose: x509.ObjectIdentifier
    hosts: Sequence[str] = ()
    option: str = ""


@frozen
class Folder:
    """Where the files are: a certificate and its key have the same name."""

    path: Path
    now: datetime
    made: list[str] = field(factory=list)

    def authority(self) -> Authority:
        """Return the authority of the folder, made now if there is none."""
        if not self.certificate(AUTHORITY).exists():
            if self.key(AUTHORITY).exists():
                raise Refused(
                    f"{self.key(AUTHORITY)} is here without its certificate:"
                    " put that back, or remove the key if it has issued nothing"
                )
            life = Life.of(self.now, AUTHORITY_DAYS)
            made = Authority.new(f"Notary CA of {self.now:%Y-%m-%d %H:%M:%S}", life)
            self._write_key(AUTHORITY, made.key)
            self._write_certificate(AUTHORITY, made.certificate)
            return made
        certificate = self._read_certificate(AUTHORITY)
        if not self.key(AUTHORITY).exists():
            raise Refused(
                f"{self.key(AUTHORITY)} is missing: put it back to issue more"
            )
        key = self._read_key(AUTHORITY)
        if certificate.public_key() != key.public_key():
            raise Refused(f"{self.key(AUTHORITY)} is not the key of its certificate")
        if certificate.not_valid_after_utc <= self.now:
            raise Refused("the authority has expired: begin again in another folder")
        return Authority(certificate, key)

    def make(self, kind: Kind, days: int, *, renew: bool) -> None:
        """Make what there is not yet of a kind, and renew its certificate if wanted."""
        names = certificates.host_names(kind.hosts)
        if self.certificate(kind.name).exists():
            present = _names_of(self._read_certificate(kind.name))
            if not renew and names and names != present:
                raise Refused(
                    f"{kind.name}.crt has other names; change it with --renew"
                )
            if not renew:
                return
            names = names or present
        if kind.option and not names:
            raise Refused(f"{kind.option} is needed to make {kind.name}.crt")
        authority = self.authority()
        if not self.key(kind.name).exists():
            self._write_key(kind.name, certificates.new_key())
        public = self._read_key(kind.name).public_key()
        life = Life.of(self.now, days)
        issued = authority.issue(kind.name, public, kind.purpose, life, names)
        self._write_certificate(kind.name, issued)

    def certificate(self, name: str) -> Path:
        """Return the path of a certificate."""
        return self.path / f"{name}.crt"

    def key(self, name: str) -> Path:
        """Return the path of a private key."""
        return self.path / f"{name}.key"

    def last(self, kinds: Iterable[Kind]) -> datetime:
        """Return when the first of the certificates expires."""
        names = [AUTHORITY, *(kind.name for kind in kinds)]
        return min(self._read_certificate(name).not_valid_after_utc for name in names)

    def _write_certificate(self, name: str, certificate: x509.Certificate) -> None:
        content = certificates_to_pem([certificate])
        certificates.write(self.certificate(name), content, 0o644)
        self.made.append(f"{name}.crt")

    def _write_key(self, name: str, key: ec.EllipticCurvePrivateKey) -> None:
        certificates.write(self.key(name), key_to_pem(key))
        self.made.append(f"{name}.key")

    def _read_certificate(self, name: str) -> x509.Certificate:
        try:
            return x509.load_pem_x509_certificate(self.certificate(name).read_bytes())
        except (ValueError, x509.InvalidVersion):
            raise Refused(f"{self.certificate(name)} is no certificate") from None

    def _read_key(self, name: str) -> ec.EllipticCurvePrivateKey:
        try:
            key = load_pem_private_key(self.key(name).read_bytes(), password=None)
        except (ValueError, TypeError):
            raise Refused(f"{self.key(name)} is no readable key") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise Refused(f"{self.key(name)} is not a key that was made here")
        return key


def _names_of(certificate: x509.Certificate) -> list[x509.GeneralName]:
    try:
        found = certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
    except x509.ExtensionNotFound:
        return []
    return list(found.value)
