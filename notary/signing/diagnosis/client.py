"""Our side: the files of the settings, and whether the signer accepts who we are."""

from datetime import UTC, datetime

from cryptography import x509

from notary.settings.errors import SettingsError
from notary.settings.model import TrustServiceSettings
from notary.signing.client_tls import ClientTLS, read_client_tls
from notary.signing.diagnosis import answer as answers
from notary.signing.diagnosis import certificates as words
from notary.signing.diagnosis.handshake import CLOSED, Handshake
from notary.signing.diagnosis.outcome import (
    CERTIFICATE,
    SETTINGS,
    Found,
    Outcome,
    failed,
    need,
    ok,
    warning,
)
from notary.signing.https_tls import client_context
from notary.signing.remote import address_problems

_AUTHORITIES = "server.client_ca_file of the signer"
# What the alerts about client certificates mean, by the words of OpenSSL.
_ALERTS = {
    "certificate required": "it wants a certificate",
    "unknown ca": "it does not know the authority that issued our certificate",
    "decrypt error": "it knows the authority by name, but with another key",
    "certificate expired": "our certificate is not valid by the signer's clock",
    "unsupported certificate": "our certificate is not for clients",
    "bad certificate": "it does not accept our certificate, or wants one",
    "handshake failure": "it wants a certificate, or other cryptography",
}
_GIVE = (
    "set trust_service.tls_client_cert and tls_client_key to a certificate, and its"
    f" key, of an authority in {_AUTHORITIES}"
)
_OPEN = (
    f"set {_AUTHORITIES} to the authority of the servers' client certificates and"
    " restart the signer: whoever reaches it now can use all of its keys"
)


def settings(found: Found) -> Outcome:
    """Read the files and check the address."""
    trust = found.trust
    problems = address_problems(trust)
    found.is_address_sound = True if not problems else None
    try:
        tls = read_client_tls(trust)
        client_context(tls)
        found.tls = tls
    except SettingsError as error:
        problems.extend(error.problems)
    if found.tls is None or problems:
        return failed(
            "; ".join(problems),
            "correct the setting or the file, and see that the server's user may"
            " read it",
        )
    return ok(_files(trust, found.tls))


def certificate(found: Found) -> Outcome:
    """Judge our certificate, and how the signer took it."""
    seen = need(found.handshake, CERTIFICATE)
    tls = need(found.tls, SETTINGS)
    said = _said(seen)
    found.is_accepted = said is None or None
    if not tls.chain:
        return _without(said)
    leaf, faults = tls.chain[0], tls.warnings(datetime.now(UTC))
    facts = (
        f"{words.subject(leaf)}, issued by {words.issuer(leaf)}, {words.validity(leaf)}"
    )
    if said or faults:
        return failed(
            "; ".join([*filter(None, [said]), *faults, facts]), _advice(seen, tls)
        )
    if not seen.asks_for_certificate:
        return warning(f"the signer asks no client for a certificate; {facts}", _OPEN)
    if words.ends_soon(leaf, datetime.now(UTC)):
        return warning(f"accepted, but it expires soon; {facts}", "replace it before")
    return ok(f"{'accepted' if seen.answer else 'not refused'}; {facts}")


def _files(trust: TrustServiceSettings, tls: ClientTLS) -> str:
    if tls.authorities:
        names = words.listed([words.subject(each) for each in tls.authorities])
        facts = f"tls_ca_file {trust.tls_ca_file} holds {names}"
    else:
        facts = "no tls_ca_file, so the authorities of this system count"
    if tls.chain:
        subject = words.subject(tls.chain[0])
        return f"{facts}; tls_client_cert {trust.tls_client_cert} is {subject}"
    return f"{facts}; no tls_client_cert"


def _without(said: str | None) -> Outcome:
    if said is not None:
        return failed(f"there is none, and {said}", _GIVE)
    return warning("there is none, and the signer accepts that", _OPEN)


def _said(seen: Handshake) -> str | None:
    """Return how the signer refused us, ``None`` if it did not."""
    if seen.end == CLOSED:
        return (
            "the signer closes the connection after the TLS handshake without a word,"
            " as some do that refuse the client"
        )
    if seen.end is not None and " alert " not in seen.end:
        return f"the TLS handshake ends after our certificate: {seen.end}"
    if seen.end is not None:
        reason = next((_ALERTS[part] for part in _ALERTS if part in seen.end), "")
        return f"the signer refuses us: {seen.end}{reason and f' ({reason})'}"
    answer = answers.http_answer(seen)
    return answers.refused(answer) if answer is not None else None


def _advice(seen: Handshake, tls: ClientTLS) -> str:
    if tls.warnings(datetime.now(UTC)):
        return (
            "issue a client certificate (CA:FALSE, extendedKeyUsage clientAuth) of an"
            f" authority in {_AUTHORITIES}, and set trust_service.tls_client_cert and"
            " tls_client_key to it and its key"
        )
    issuer = words.issuer(tls.chain[-1])
    welcome = [words.decoded(name) for name in seen.authorities]
    advice = (
        f"put the certificate of {issuer} into {_AUTHORITIES} and restart the signer,"
        " or use a client certificate of an authority that is there"
    )
    if welcome and not _is_welcome(seen, tls.chain):
        return f"{advice} (it names: {words.listed(welcome)})"
    return f"{advice}; the log of the signer may say why it refuses"


def _is_welcome(seen: Handshake, chain: tuple[x509.Certificate, ...]) -> bool:
    return any(words.issuer_name(each) in seen.authorities for each in chain)
