"""Where the keys of each issuer come from: its bundle, a key set in a file, a URL.

Keys in use are only ever replaced by others that can be used. When a URL is asked is
left to ``notary.auth.refresh``.
"""

from pathlib import Path
from typing import Any

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from notary.auth import files, jwks
from notary.auth.bundle import read_bundle
from notary.auth.fetch import Fetcher
from notary.auth.files import KeysError
from notary.auth.keyset import KeySet
from notary.settings.errors import SettingsError
from notary.settings.model import IssuerSettings, TokenSettings

_log = Logger()


class IssuerKeys:
    """The keys of one issuer, as they are at the moment."""

    def __init__(self, issuer: IssuerSettings) -> None:
        self.name = issuer.name
        self._issuer = issuer
        self._of_files: tuple[Any, ...] = ()
        self._of_url: tuple[object, ...] = ()
        self._etag = ""
        self._read()

    @property
    def is_remote(self) -> bool:
        """Whether some of the keys are fetched from a URL."""
        return self._fetcher is not None

    def current(self) -> KeySet:
        """Return the keys: another object if and only if they have changed."""
        return self._keys

    def reload(self) -> bool:
        """Read the files again and tell whether the keys are others now.

        Raise ``KeysError`` and keep the keys if a file cannot be used.
        """
        before = self._keys
        self._read()
        return self._keys is not before

    async def fetch(self, reactor: IReactorTime) -> int:
        """Ask the URL once; return for how many seconds the answer may be used.

        Raise ``KeysError`` and keep the keys if there is no usable answer.
        """
        if self._fetcher is None:
            raise KeysError("there is no URL to fetch them from")
        answer = await self._fetcher.fetch(reactor, self._etag)
        if answer.body is not None:
            self._use(self._of_files, jwks.parse(answer.body))
        self._etag = answer.etag
        return answer.seconds

    def _read(self) -> None:
        fetcher = _fetcher(self._issuer)
        files_now = _certificates(self._issuer), _key_set(self._issuer)
        self._use(files_now, self._of_url)
        self._fetcher = fetcher

    def _use(self, of_files: tuple[Any, ...], of_url: tuple[object, ...]) -> None:
        if (of_files, of_url) == (self._of_files, self._of_url):
            return
        certificates, members = of_files
        self._keys = KeySet.of(certificates, members + of_url)
        self._of_files, self._of_url = of_files, of_url
        for reason in self._keys.ignored:
            _log.warn(
                "a key of issuer {issuer} is not used: {reason}",
                issuer=self.name,
                reason=reason,
            )

    def __str__(self) -> str:
        """Return the numbers of keys, by where they come from."""
        used = len(self._keys.certificates)
        certificates = f"{used} certificate{'' if used == 1 else 's'}"
        if self._issuer.jwks is None:
            return certificates
        members = len(self._of_files[1]) + len(self._of_url) - len(self._keys.ignored)
        return f"{certificates} and a key set of {members}"


def key_sources(token: TokenSettings | None) -> tuple[IssuerKeys, ...]:
    """Return the keys of every issuer, all files read, or raise ``SettingsError``."""
    sources, problems = [], []
    for issuer in token.issuers if token else ():
        try:
            sources.append(IssuerKeys(issuer))
        except KeysError as error:
            problems.append(str(error))
    if problems:
        raise SettingsError(problems)
    return tuple(sources)


def _fetcher(issuer: IssuerSettings) -> Fetcher | None:
    if not isinstance(issuer.jwks, str):
        return None
    try:
        return Fetcher(issuer.jwks, issuer.jwks_ca_file)
    except KeysError as error:
        raise KeysError(f"auth.options.jwks_ca_file: {error}") from None


def _certificates(issuer: IssuerSettings) -> tuple[Any, ...]:
    if issuer.rootcertbundle is None:
        return ()
    try:
        return read_bundle(issuer.rootcertbundle)
    except KeysError as error:
        raise KeysError(f"auth.options.rootcertbundle: {error}") from None


def _key_set(issuer: IssuerSettings) -> tuple[object, ...]:
    if not isinstance(issuer.jwks, Path):
        return ()
    try:
        return jwks.parse(files.read(issuer.jwks))
    except KeysError as error:
        raise KeysError(f"auth.options.jwks: {issuer.jwks}: {error}") from None
