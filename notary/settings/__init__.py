"""Settings: a JSON file and environment variables, read once into frozen values.

``source`` reads and overlays, ``reading`` turns one value into its type, ``check``
holds the rules of the server's keys. What the settings are used for is left to
``notary.tap``.
"""

from notary.settings.check import load_server
from notary.settings.errors import SettingsError
from notary.settings.model import (
    AuthSettings,
    CachingSettings,
    LimitsSettings,
    LoggingSettings,
    ReportingSettings,
    RepositoriesSettings,
    ServerSettings,
    Settings,
    StorageSettings,
    TrustServiceSettings,
)

__all__ = [
    "AuthSettings",
    "CachingSettings",
    "LimitsSettings",
    "LoggingSettings",
    "ReportingSettings",
    "RepositoriesSettings",
    "ServerSettings",
    "Settings",
    "SettingsError",
    "StorageSettings",
    "TrustServiceSettings",
    "load_server",
]
