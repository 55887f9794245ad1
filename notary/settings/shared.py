"""The rules of the settings that server and signer have in common."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from attrs import fields

from notary.settings import model, source
from notary.settings.address import parse_address
from notary.settings.reading import Reader

LISTENING_KEYS = (
    "server.http_addr",
    "server.tls_cert_file",
    "server.tls_key_file",
    "server.client_ca_file",
    "server.ops_addr",
    "server.drain_delay_seconds",
)
STORAGE_KEYS = (
    "storage.backend",
    "storage.db_url",
    "storage.tls_ca_file",
    "storage.client_cert_file",
    "storage.client_key_file",
)
PROGRAM_KEYS = (
    "logging.level",
    "reporting.bugsnag.api_key",
    "reporting.bugsnag.release_stage",
    "reporting.bugsnag.endpoint",
    "limits.head_bytes",
    "limits.body_bytes",
    "limits.parts",
    "limits.part_bytes",
    "limits.idle_seconds",
    "limits.request_seconds",
    "limits.bodies_bytes",
    "limits.answers_bytes",
    "limits.changes",
    "limits.connections",
    "limits.connections_per_address",
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
MAX_DRAIN_DELAY = 300
MAX_LIMIT = 2**31 - 1
MAX_API_KEY = 255

_HOST = r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])"
_ENDPOINT = re.compile(rf"https?://{_HOST}(:[0-9]{{1,5}})?(/[!-~]*)?")
_LIMITS = fields(model.LimitsSettings)


def reader(path: Path, environ: Mapping[str, str], keys: source.Keys) -> Reader:
    """Return a reader of what file and environment give, problems so far included.

    Raise ``SettingsError`` if the file cannot be read.
    """
    problems: list[str] = []
    tree = source.read_file(path)
    given = source.select(tree, keys, problems)
    given = source.overlay(given, environ, keys, problems)
    folder = Path(os.path.abspath(path)).parent
    return Reader(given, folder, problems, source.strangers(tree, keys))


def address(reader: Reader, key: str) -> str:
    """Return the address, empty if there is none; note if nobody could listen on it."""
    found = reader.text(key)
    try:
        if found:
            parse_address(found)
    except ValueError as error:
        reader.note(key, str(error))
    return found


def drain_delay(reader: Reader) -> int:
    """Return for how many seconds a stopping program still takes connections."""
    return reader.integer(
        "server.drain_delay_seconds",
        model.ServerSettings("").drain_delay_seconds,
        0,
        MAX_DRAIN_DELAY,
    )


def logging(reader: Reader) -> model.LoggingSettings:
    """Return how much is logged."""
    level = reader.text("logging.level")
    if level.lower() not in LEVELS:
        reader.note(
            "logging.level",
            f'not a valid logrus Level: "{level[:80]}"; it must be debug, info,'
            " warning, error or fatal",
        )
    return model.LoggingSettings(LEVELS.get(level.lower(), "error"))


def reporting(reader: Reader) -> model.ReportingSettings:
    """Return where errors are reported to."""
    found = model.ReportingSettings(
        reader.text("reporting.bugsnag.api_key"),
        reader.text("reporting.bugsnag.release_stage"),
        reader.text("reporting.bugsnag.endpoint"),
    )
    if found != model.ReportingSettings() and not found.api_key:
        reader.note("reporting.bugsnag.api_key", "must provide an API key for bugsnag")
    if found.endpoint and not _ENDPOINT.fullmatch(found.endpoint):
        reader.note(
            "reporting.bugsnag.endpoint",
            "must be an http or https URL, without user and password",
        )
    if not (found.api_key.isascii() and len(found.api_key) <= MAX_API_KEY):
        reader.note("reporting.bugsnag.api_key", "is not an API key of bugsnag")
    return found


def limits(reader: Reader) -> model.LimitsSettings:
    """Return what clients may cost."""
    usual = model.LimitsSettings()

    def limit(name: str) -> int:
        least = 0 if name == "connections_per_address" else 1
        return reader.integer(f"limits.{name}", getattr(usual, name), least, MAX_LIMIT)

    return model.LimitsSettings(**{each.name: limit(each.name) for each in _LIMITS})
