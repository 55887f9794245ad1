"""Who the server is to a signer, and whom it believes to be one: the files of both.

They are read and checked once. What a protocol makes of them is left to that.
"""

from datetime import datetime
from pathlib import Path

from attrs import field, frozen
from cryptography import x509

from notary.pem import (
    PEMError,
    TLSKey,
    read_certificates,
    read_private_key,
    shown,
)
from notary.settings.errors import SettingsError
from notary.settings.model import TrustServiceSettings
from notary.signing.client_certificates import ADVICE, defect

_CA = "trust_service.tls_ca_file"
CERT = "trust_service.tls_client_cert"
_KEY = "trust_service.tls_client_key"


@frozen
class ClientTLS:
    """Authorities, none for the system's; our chain and its key, or neither."""

    authorities: tuple[x509.Certificate, ...] = ()
    chain: tuple[x509.Certificate, ...] = ()
    key: TLSKey | None = field(default=None, repr=False)

    def changes(self, before: "ClientTLS") -> str:
        """Return what is different now, in words for a log."""
        said = []
        if self.chain != before.chain:
            said.append(
                f"new client certificate {', '.join(map(shown, self.chain[:1]))}"
            )
        if self.authorities != before.authorities:
            said.append(f"new CA {', '.join(map(shown, self.authorities))}")
        return "; ".join(said) or "nothing has changed"

    def warnings(self, now: datetime) -> list[str]:
        """Return why signers may refuse us, and what to do; ``now`` is aware."""
        if not self.chain:
            return [
                f"{CERT}: there is none, and signers refuse clients without one;"
                " give it and its key"
            ]
        leaf = self.chain[0]
        return [f"{CERT}: {fault}" for fault in _faults(leaf, now)]

    def suspicions(self, now: datetime) -> list[str]:
        """Return why a signer may refuse us: always at least one line."""
        return self.warnings(now) or [
            f"{CERT}: it is from {_issuer(self.chain[0])}: is that in the signer's"
            " client_ca_file?"
        ]


def read_client_tls(trust: TrustServiceSettings) -> ClientTLS:
    """Return what the files of the settings hold or raise ``SettingsError``."""
    problems: list[str] = []
    authorities = _certificates(_CA, trust.tls_ca_file, problems)
    chain = _certificates(CERT, trust.tls_client_cert, problems)
    key = _private_key(trust.tls_client_key, problems)
    if not problems and bool(chain) != bool(key):
        problems.append(
            f"{CERT if key else _KEY}: either pass both client key and cert, or neither"
        )
    if chain and key and chain[0].public_key() != key.public_key():
        problems.append(f"{_KEY}: {trust.tls_client_key} is not the certificate's key")
    if problems:
        raise SettingsError(problems)
    return ClientTLS(authorities, chain, key)


def _certificates(
    setting: str, path: Path | None, problems: list[str]
) -> tuple[x509.Certificate, ...]:
    try:
        return read_certificates(path) if path else ()
    except PEMError as error:
        problems.append(f"{setting}: {error}")
        return ()


def _private_key(path: Path | None, problems: list[str]) -> TLSKey | None:
    try:
        return read_private_key(path) if path else None
    except PEMError as error:
        problems.append(f"{_KEY}: {error}")
        return None


def _issuer(leaf: x509.Certificate) -> str:
    try:
        return repr(leaf.issuer.rfc4514_string()[:100])
    except (ValueError, TypeError):
        return "an authority whose name cannot be read"


def _faults(leaf: x509.Certificate, now: datetime) -> list[str]:
    faults = []
    if now > leaf.not_valid_after_utc:
        until = leaf.not_valid_after_utc
        faults.append(f"it expired on {until:%Y-%m-%d %H:%M} UTC; issue a new one")
    if now < leaf.not_valid_before_utc:
        since = leaf.not_valid_before_utc
        faults.append(f"it is valid from {since:%Y-%m-%d %H:%M} UTC; check the clock")
    why = defect(leaf)
    return faults if why is None else [*faults, f"it {why}; {ADVICE}"]
