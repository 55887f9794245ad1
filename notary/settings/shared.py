"""The rules of the settings that server and signer have in common."""

from attrs import fields

from notary.settings import model
from notary.settings.address import parse_address
from notary.settings.reading import Reader

LISTENING_KEYS = (
    "server.http_addr",
    "server.tls_cert_file",
    "server.tls_key_file",
    "server.client_ca_file",
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
MAX_LIMIT = 2**31 - 1
_LIMITS = fields(model.LimitsSettings)


def check_address(reader: Reader, key: str, address: str) -> None:
    """Note a problem if nobody could listen on the address."""
    try:
        parse_address(address)
    except ValueError as error:
        reader.note(key, str(error))


def logging(reader: Reader) -> model.LoggingSettings:
    """Return how much is logged."""
    level = reader.text("logging.level")
    if level.lower() not in LEVELS:
        reader.note("logging.level", f'not a valid logrus Level: "{level[:80]}"')
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
    return found


def limits(reader: Reader) -> model.LimitsSettings:
    """Return what one client may cost."""
    usual = model.LimitsSettings()

    def limit(name: str) -> int:
        return reader.integer(
            f"limits.{name}",
            getattr(usual, name),
            lambda number: 0 < number <= MAX_LIMIT,
            f"must be a number between 1 and {MAX_LIMIT}",
        )

    return model.LimitsSettings(**{each.name: limit(each.name) for each in _LIMITS})
