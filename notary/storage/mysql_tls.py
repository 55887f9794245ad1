"""How connections to MySQL are protected: Go's four modes, and our files.

Go's driver only knows the system's authorities; an authority of one's own and a
certificate for the client are ours.
"""

import ssl
from pathlib import Path

from attrs import frozen

from notary.storage.store import StorageError


@frozen
class TLSFiles:
    """PEM files: whom to trust instead of the system's authorities, and who we are."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


NO_FILES = TLSFiles()


def tls_options(mode: str, files: TLSFiles) -> dict[str, object]:
    """Return PyMySQL's options for TLS; raise ``StorageError``, saying what to change.

    ``true`` verifies name and authority, ``skip-verify`` nothing, ``preferred`` not
    even that there is TLS.
    """
    if mode in ("false", "preferred"):
        if files != NO_FILES:
            raise StorageError(f"TLS files are given, but the address says tls={mode}")
        return {"ssl_disabled": True} if mode == "false" else {}
    if (files.certificate is None) != (files.key is None):
        raise StorageError("of the client's certificate and key only one is given")
    if mode == "skip-verify" and files.ca:
        raise StorageError("a TLS authority is given, but tls=skip-verify")
    return {"ssl": _context(mode, files)}


def _context(mode: str, files: TLSFiles) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=files.ca)
    except (OSError, ValueError):
        raise StorageError("the file of the TLS authority cannot be read") from None
    # The certificates that MySQL makes for itself lack what strict mode wants.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if mode == "skip-verify":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if files.certificate:
        _load_pair(context, files)
    return context


def _load_pair(context: ssl.SSLContext, files: TLSFiles) -> None:
    try:
        # A passphrase is never asked for on the terminal.
        context.load_cert_chain(str(files.certificate), files.key, password="")
    except (OSError, ValueError):
        raise StorageError(
            "the TLS certificate or key of the client cannot be read"
        ) from None
