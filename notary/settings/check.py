"""The rules of the server's settings, each with the message an operator knows."""

import os
import posixpath
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from attrs import fields

from notary.settings import model, peers, source
from notary.settings.address import parse_address
from notary.settings.errors import SettingsError
from notary.settings.reading import Reader

SERVER_KEYS = source.Keys(
    prefix="NOTARY_SERVER_",
    scalars=(
        "server.http_addr",
        "server.tls_cert_file",
        "server.tls_key_file",
        "server.client_ca_file",
        "trust_service.type",
        "trust_service.hostname",
        "trust_service.port",
        "trust_service.key_algorithm",
        "trust_service.tls_ca_file",
        "trust_service.tls_client_cert",
        "trust_service.tls_client_key",
        "storage.backend",
        "storage.db_url",
        "storage.tls_ca_file",
        "storage.client_cert_file",
        "storage.client_key_file",
        "auth.type",
        "logging.level",
        "reporting.bugsnag.api_key",
        "reporting.bugsnag.release_stage",
        "reporting.bugsnag.endpoint",
        "caching.max_age.current_metadata",
        "caching.max_age.consistent_metadata",
        "repositories.gun_prefixes",
        "limits.head_bytes",
        "limits.body_bytes",
        "limits.parts",
        "limits.part_bytes",
        "limits.idle_seconds",
        "limits.request_seconds",
    ),
    maps=("auth.options",),
)

LEVELS = {
    "trace": "debug",
    "debug": "debug",
    "info": "info",
    "warn": "warning",
    "warning": "warning",
    "error": "error",
    "fatal": "fatal",
    "panic": "fatal",
    "": "error",
}
MAX_AGE = 31536000
MAX_LIMIT = 2**31 - 1
_LIMITS = fields(model.LimitsSettings)


def load_server(path: Path, environ: Mapping[str, str]) -> model.Settings:
    """Return the settings of the server or raise ``SettingsError``, once, for all."""
    tree = source.read_file(path)
    problems: list[str] = []
    given = source.select(tree, SERVER_KEYS, problems)
    given = source.overlay(given, environ, SERVER_KEYS, problems)
    reader = Reader(given, Path(os.path.abspath(path)).parent, problems)
    settings = _settings(reader)
    if problems:
        raise SettingsError(problems)
    return settings


def _settings(reader: Reader) -> model.Settings:
    return model.Settings(
        logging=_logging(reader),
        repositories=_repositories(reader),
        reporting=_reporting(reader),
        trust_service=peers.trust_service(reader),
        storage=peers.storage(reader),
        caching=_caching(reader),
        server=_server(reader),
        auth=_auth(reader),
        limits=_limits(reader),
    )


def _server(reader: Reader) -> model.ServerSettings:
    server = model.ServerSettings(
        reader.text("server.http_addr"),
        reader.path("server.tls_cert_file"),
        reader.path("server.tls_key_file"),
        reader.path("server.client_ca_file"),
    )
    _check_address(reader, "server.http_addr", server.http_addr)
    both = bool(server.tls_cert_file and server.tls_key_file)
    if not both and (
        server.tls_cert_file or server.tls_key_file or server.client_ca_file
    ):
        reader.note(
            "server.tls_key_file" if server.tls_cert_file else "server.tls_cert_file",
            "either include both a cert and key file, or no TLS information at all"
            " to disable TLS",
        )
    return server


def _check_address(reader: Reader, key: str, address: str) -> None:
    if not address:
        reader.note(key, "http listen address required for server")
        return
    try:
        parse_address(address)
    except ValueError as error:
        reader.note(key, str(error))


def _auth(reader: Reader) -> model.AuthSettings:
    kind = reader.choice(
        "auth.type",
        ("", "token"),
        '{} is not a known type; it must be "token", or left out for no authentication',
    )
    options = reader.mapping("auth.options")
    if kind == "token" and "auth.options" not in reader.values:
        reader.note("auth.options", "must be an object with the options of token")
    return model.AuthSettings(kind, MappingProxyType(options))


def _logging(reader: Reader) -> model.LoggingSettings:
    level = reader.text("logging.level")
    if level.lower() not in LEVELS:
        reader.note("logging.level", f'not a valid logrus Level: "{level[:80]}"')
    return model.LoggingSettings(LEVELS.get(level.lower(), "error"))


def _reporting(reader: Reader) -> model.ReportingSettings:
    reporting = model.ReportingSettings(
        reader.text("reporting.bugsnag.api_key"),
        reader.text("reporting.bugsnag.release_stage"),
        reader.text("reporting.bugsnag.endpoint"),
    )
    if reporting != model.ReportingSettings() and not reporting.api_key:
        reader.note("reporting.bugsnag.api_key", "must provide an API key for bugsnag")
    return reporting


def _caching(reader: Reader) -> model.CachingSettings:
    def max_age(name: str, default: int) -> int:
        return reader.integer(
            f"caching.max_age.{name}",
            default,
            lambda seconds: 0 <= seconds <= MAX_AGE,
            f"must specify a cache-control max-age between 0 and {MAX_AGE}",
        )

    usual = model.CachingSettings()
    return model.CachingSettings(
        max_age("current_metadata", usual.current_metadata),
        max_age("consistent_metadata", usual.consistent_metadata),
    )


def _repositories(reader: Reader) -> model.RepositoriesSettings:
    prefixes = reader.words("repositories.gun_prefixes")
    for prefix in prefixes:
        if not _is_prefix(prefix):
            reader.note(
                "repositories.gun_prefixes", f"invalid GUN prefix {prefix[:80]}"
            )
    return model.RepositoriesSettings(prefixes)


def _is_prefix(prefix: str) -> bool:
    if prefix.startswith(("/", "..")):
        return False
    return prefix == posixpath.normpath(prefix.strip()) + "/"


def _limits(reader: Reader) -> model.LimitsSettings:
    usual = model.LimitsSettings()

    def limit(name: str) -> int:
        return reader.integer(
            f"limits.{name}",
            getattr(usual, name),
            lambda number: 0 < number <= MAX_LIMIT,
            f"must be a number between 1 and {MAX_LIMIT}",
        )

    return model.LimitsSettings(**{each.name: limit(each.name) for each in _LIMITS})
