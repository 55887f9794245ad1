"""Settings: a JSON file and environment variables, read once into frozen values.

``source`` reads and overlays, ``reading`` turns one value into its type; ``check``
holds the rules of the server's keys, with ``peers`` and ``token``; ``signer`` those of
the signer's, ``shared`` those of both. What the settings are used for is left to
``notary.tap`` and its sibling.
"""

from notary.settings.check import load_server
from notary.settings.errors import SettingsError
from notary.settings.model import (
    AuthSettings,
    CachingSettings,
    IssuerSettings,
    LimitsSettings,
    ServerSettings,
    Settings,
    SignerSettings,
    StorageSettings,
    TokenSettings,
    TrustServiceSettings,
)
from notary.settings.signer import load_signer

__all__ = [
    "AuthSettings",
    "CachingSettings",
    "IssuerSettings",
    "LimitsSettings",
    "ServerSettings",
    "Settings",
    "SettingsError",
    "SignerSettings",
    "StorageSettings",
    "TokenSettings",
    "TrustServiceSettings",
    "load_server",
    "load_signer",
]
