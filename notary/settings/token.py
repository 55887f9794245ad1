"""The rules of the settings for token authentication, with the Go server's messages.

Whether the files hold usable keys is found out when they are read, in ``notary.auth``.
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from attrs import frozen

from notary.settings import model
from notary.settings.reading import Reader

OPTIONS = "auth.options"

_MISSING = 'token auth requires a valid option string: "{}"'
_BOOLEANS = {"": False, "false": False, "true": True}
_OF_AN_ISSUER = ("issuer", "rootcertbundle", "jwks", "jwks_ca_file")


def auth(reader: Reader) -> model.AuthSettings:
    """Return who may do what; without a type there is no authentication."""
    kind = reader.choice(
        "auth.type",
        ("", "token"),
        '{} is not a known type; it must be "token", or left out for no authentication',
    )
    if kind != "token":
        return model.AuthSettings(kind)
    if OPTIONS not in reader.values:
        reader.note(OPTIONS, "must be an object with the options of token")
    options = _Options.of(reader, OPTIONS, reader.mapping(OPTIONS))
    return model.AuthSettings(kind, _token(options))


@frozen
class _Options:
    """The members of one object of options, each with a key path of its own."""

    path: str
    reader: Reader

    @classmethod
    def of(cls, reader: Reader, path: str, members: Mapping[str, object]) -> "_Options":
        values = {
            f"{path}.{name}": value
            for name, value in members.items()
            if value is not None
        }
        return cls(path, Reader(values, reader.folder, reader.problems))

    def given(self, name: str) -> object:
        return self.reader.values.get(f"{self.path}.{name}")

    def is_empty(self, name: str) -> bool:
        return self.given(name) in (None, "")

    def note(self, name: str, problem: str) -> None:
        self.reader.note(f"{self.path}.{name}", problem)

    def required(self, name: str) -> str:
        if isinstance(self.given(name), str) and self.given(name):
            return self.reader.text(f"{self.path}.{name}")
        self.note(name, _MISSING.format(name))
        return ""

    def boolean(self, name: str) -> bool:
        given = self.given(name)
        text = str(given or "").lower()
        if not isinstance(given, bool | str | None) or text not in _BOOLEANS:
            self.note(name, f"token auth requires a valid option bool: {name}")
        return _BOOLEANS.get(text, False)

    def file(self, name: str) -> Path | None:
        if not isinstance(self.given(name), str | None):
            self.note(name, _MISSING.format(name))
            return None
        return self.reader.path(f"{self.path}.{name}")


def _token(options: _Options) -> model.TokenSettings:
    autoredirect = options.boolean("autoredirect")
    # With autoredirect the realm is never shown, so that none is needed.
    unused = autoredirect and options.is_empty("realm")
    return model.TokenSettings(
        realm="" if unused else options.required("realm"),
        issuers=_issuers(options),
        service=options.required("service"),
        autoredirect=autoredirect,
    )


def _issuers(options: _Options) -> tuple[model.IssuerSettings, ...]:
    """Return the issuer of the options themselves, and those of the list in them."""
    listed = options.given("issuers")
    members = [] if listed is None else listed
    if not isinstance(members, list) or not all(isinstance(m, dict) for m in members):
        options.note("issuers", "must be a list of objects")
        return ()
    found = [
        _Options.of(options.reader, f"{options.path}.issuers[{number}]", each)
        for number, each in enumerate(members)
    ]
    if not found or any(options.given(name) is not None for name in _OF_AN_ISSUER):
        found.insert(0, options)
    issuers = tuple(_issuer(each) for each in found)
    names = [issuer.name for issuer in issuers if issuer.name]
    if len(set(names)) < len(names):
        options.note("issuers", "the name of an issuer is given twice")
    return issuers


def _issuer(options: _Options) -> model.IssuerSettings:
    name = options.required("issuer")
    bundle = options.file("rootcertbundle")
    jwks = _jwks(options)
    if options.is_empty("rootcertbundle") and options.is_empty("jwks"):
        options.note(
            "rootcertbundle", _MISSING.format("rootcertbundle") + ', or "jwks"'
        )
    authorities = options.file("jwks_ca_file")
    if authorities is not None and not isinstance(jwks, str):
        options.note("jwks_ca_file", "is of use only if jwks is an https URL")
    return model.IssuerSettings(name, bundle, jwks, authorities)


def _jwks(options: _Options) -> Path | str | None:
    path = options.file("jwks")
    text = str(options.given("jwks"))
    if path is None or "://" not in text:
        return path
    try:
        url = urlsplit(text)
        usable = url.scheme == "https" and url.hostname and url.port != 0
    except ValueError:
        usable = False
    if not usable or not text.isascii() or " " in text:
        options.note("jwks", "must be a file or an https URL")
    elif "@" in url.netloc:
        options.note("jwks", "must be a URL without a user name or password")
    return text
